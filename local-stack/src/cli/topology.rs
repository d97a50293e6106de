//! `catweb topology`.

use super::show;
use clap::Subcommand;
use service_chassis::config::WELL_KNOWN;
use shared_events::bus::{Bus, BusSettings};
use shared_events::topology::{SUBSCRIPTIONS, Topic, apply};
use std::collections::HashMap;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// A broker that is just being started has this long to listen.
const BROKER_DEADLINE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

pub(super) const EXAMPLES: &str = "\
Examples:
  PUBSUB_EMULATOR_HOST=127.0.0.1:8085 catweb topology apply
  GOOGLE_CLOUD_PROJECT=my-project catweb topology apply
  catweb topology print";

/// What to do with the topology.
#[derive(Debug, Subcommand)]
pub(super) enum TopologyCommand {
    /// Creates the topics and subscriptions that are missing; deletes nothing.
    #[command(after_help = EXAMPLES)]
    Apply {
        /// Lets PUBSUB_EMULATOR_HOST be another machine.
        #[arg(long)]
        allow_remote_emulator: bool,
    },
    /// Prints the names of all topics and subscriptions, with their filters.
    #[command(after_help = EXAMPLES)]
    Print,
}

pub(super) async fn run(
    command: TopologyCommand,
    environment: HashMap<String, String>,
) -> anyhow::Result<()> {
    match command {
        TopologyCommand::Apply {
            allow_remote_emulator,
        } => {
            let bus = connect(&environment, allow_remote_emulator).await?;
            apply(&bus).await?;
            show(&format!(
                "{} topics and {} subscriptions are in place, each subscription with its dead letters",
                Topic::ALL.len(),
                SUBSCRIPTIONS.len()
            ));
        }
        TopologyCommand::Print => show(&names()),
    }
    Ok(())
}

/// The way to Pub/Sub that the environment names.
pub(super) async fn connect(
    environment: &HashMap<String, String>,
    allow_remote_emulator: bool,
) -> anyhow::Result<Bus> {
    let named = |setting: &str| {
        let (name, _) = WELL_KNOWN.iter().find(|(_, key)| *key == setting)?;
        environment.get(*name).filter(|text| !text.is_empty())
    };
    if let Some(host) = named("bus.emulator_host") {
        wait_for(host).await?;
    }
    let settings = BusSettings {
        project: named("bus.project").cloned(),
        emulator_host: named("bus.emulator_host").cloned(),
        allow_remote_emulator,
    };
    Ok(Bus::connect(&settings).await?)
}

/// Google's client would go on trying where nobody listens.
async fn wait_for(host: &str) -> anyhow::Result<()> {
    let address = host.trim_start_matches("http://").trim_end_matches('/');
    let deadline = Instant::now() + BROKER_DEADLINE;
    while let Err(error) = TcpStream::connect(address).await {
        anyhow::ensure!(
            Instant::now() < deadline,
            "nothing listens on PUBSUB_EMULATOR_HOST={host} ({error}): start a broker there (catweb broker) or name another one"
        );
        sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

fn names() -> String {
    let topics = Topic::ALL.iter().map(|topic| format!("topic {topic}"));
    let subscriptions = SUBSCRIPTIONS.iter().map(|subscription| {
        let filter = match subscription.filter() {
            filter if filter.is_empty() => String::new(),
            filter => format!(" where {filter}"),
        };
        let (name, letters) = (subscription.name(), subscription.dead_letter_name());
        format!(
            "subscription {name} to {}{filter}\ntopic and subscription {letters}",
            subscription.topic
        )
    });
    topics.chain(subscriptions).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_told() {
        let names = names();
        for subscription in SUBSCRIPTIONS {
            assert!(names.contains(&subscription.dead_letter_name()), "{names}");
        }
        assert!(names.contains("topic mouse-trap-commands"), "{names}");
    }
}
