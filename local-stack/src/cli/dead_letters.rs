//! `catweb dead-letters`.

use super::show;
use super::topology::connect;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use shared_events::Subscription;
use shared_events::dead_letter::{Buried, DeadLetterDesk, Decision};
use shared_events::topology::SUBSCRIPTIONS;
use std::collections::HashMap;

pub(super) const EXAMPLES: &str = "\
Examples:
  export PUBSUB_EMULATOR_HOST=127.0.0.1:8085
  catweb dead-letters list cat-node.mouse-trap
  catweb dead-letters redrive cat-node.mouse-trap --limit 10
  catweb dead-letters discard cadaver-exchange.mouse-trap --json";

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(super) enum DeadLettersCommand {
    /// Shows them with their reasons, and leaves them where they are.
    #[command(after_help = EXAMPLES)]
    List(Which),
    /// Publishes them again; consumers that had them already pass over them.
    #[command(after_help = EXAMPLES)]
    Redrive(Which),
    /// Forgets them for good.
    #[command(after_help = EXAMPLES)]
    Discard(Which),
}

/// Which letters.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Whose dead letters: a subscription as `catweb topology print` names it, for example cat-node.mouse-trap.
    #[arg(value_parser = subscription)]
    subscription: Subscription,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// As one line of JSON for each letter.
    #[arg(long)]
    json: bool,
    /// Lets PUBSUB_EMULATOR_HOST be another machine.
    #[arg(long)]
    allow_remote_emulator: bool,
}

pub(super) async fn run(
    command: DeadLettersCommand,
    environment: HashMap<String, String>,
) -> anyhow::Result<()> {
    let (which, decision, done) = match command {
        DeadLettersCommand::List(which) => (which, Decision::Keep, "found"),
        DeadLettersCommand::Redrive(which) => (which, Decision::Redrive, "published again"),
        DeadLettersCommand::Discard(which) => (which, Decision::Discard, "discarded"),
    };
    let bus = connect(&environment, which.allow_remote_emulator).await?;
    let desk = DeadLetterDesk::open(&bus, which.subscription).await?;
    let letters = desk.process(which.limit.into(), |_| decision).await?;
    for letter in &letters {
        show(&told(letter, which.json)?);
    }
    if !which.json {
        show(&format!(
            "{} dead letters of {} {done}",
            letters.len(),
            which.subscription.name()
        ));
    }
    Ok(())
}

fn told(letter: &Buried, as_json: bool) -> anyhow::Result<String> {
    if as_json {
        return serde_json::to_string(letter).context("a letter cannot be written as JSON");
    }
    let Buried {
        event_id,
        event_type,
        reason,
        since,
        data,
    } = letter;
    Ok(format!(
        "{since} {event_type} {event_id}\n  reason: {reason}\n  data: {data}"
    ))
}

fn subscription(name: &str) -> Result<Subscription, String> {
    Subscription::named(name).ok_or_else(|| {
        let names: Vec<_> = SUBSCRIPTIONS.iter().map(Subscription::name).collect();
        format!("there is none; there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_subscription_is_told_the_known_ones() {
        let error = subscription("cat-node.dogs").expect_err("unknown");
        assert!(error.contains("cat-node.mouse-trap"), "{error}");
    }
}
