//! `catweb drill`: the fire drill. A scratch Catweb works under load, things are broken on purpose, what was lost is
//! restored from its backups, the books are checked, and a report tells how long each took and what was lost.
//!
//! The drill is an outsider: it starts the program, calls what clients call, and breaks files and processes as fate would.

mod args;
mod books;
mod commands;
mod load;
mod machine;
mod report;
mod scenarios;
mod scratch;

pub(crate) use args::DrillArgs;

use crate::up::Screen;
use anyhow::Context as _;
use books::Witness;
use chrono::Utc;
use load::Load;
use report::Report;
use scenarios::{Scenario, Trial};
use scratch::Scratch;
use service_chassis::shutdown;
use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Instant;

/// Breaks and mends, and says how it went: status 0 when every scenario passed.
pub(crate) async fn main(args: DrillArgs, environment: HashMap<String, String>) -> ExitCode {
    let screen = Screen::of_process(&environment);
    match Box::pin(run(&args, &screen)).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            screen.warn(&format!("catweb drill: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &DrillArgs, screen: &Screen) -> anyhow::Result<bool> {
    let stop = shutdown::on_signal().context("signals cannot be listened to")?;
    screen.say("catweb drill: starting a scratch Catweb with backups that follow it");
    let mut scratch = Scratch::prepare(args)?;
    let ended = tokio::select! {
        ended = Box::pin(play(args, &mut scratch, screen)) => ended,
        () = stop.cancelled() => Err(anyhow::anyhow!("it was interrupted")),
    };
    scratch.stop().await;
    if !matches!(ended, Ok(true)) {
        match scratch.keep_logs(&args.report) {
            Ok(logs) => screen.say(&format!("logs: {}", logs.display())),
            Err(error) => screen.warn(&format!("the logs cannot be kept: {error}")),
        }
    }
    ended
}

async fn play(args: &DrillArgs, scratch: &mut Scratch, screen: &Screen) -> anyhow::Result<bool> {
    let (began, began_at) = (Instant::now(), Utc::now());
    scratch.start().await?;
    let witness = Witness::arrive(scratch).await?;
    let load = Load::start(scratch, &witness).await?;
    scratch.wait_for_first_backup().await?;
    screen.say(&format!(
        "ready after {:.1} s: {} traps report, {} cats bid, backups are {} ms behind",
        began.elapsed().as_secs_f64(),
        load::TRAPS,
        load::BIDDERS,
        args.backup_every_ms,
    ));
    let mut done = Vec::new();
    for scenario in Scenario::ALL
        .into_iter()
        .filter(|scenario| args.plays(*scenario))
    {
        let trial = Trial {
            scratch,
            witness: &witness,
            load: &load,
            screen,
            limits: args.limits(),
        };
        let outcome = Box::pin(trial.play(scenario)).await;
        screen.say(&outcome.told(screen));
        let hopeless = outcome.is_hopeless();
        done.push(outcome);
        if hopeless {
            break;
        }
    }
    let acknowledged = load.stop().await;
    let report = Report::new(began_at, began.elapsed(), args, acknowledged, done);
    conclude(&report, args, screen)
}

fn conclude(report: &Report, args: &DrillArgs, screen: &Screen) -> anyhow::Result<bool> {
    let files = report
        .write(&args.report)
        .context("the report cannot be written")?;
    screen.say(&report.table());
    for file in files {
        screen.say(&format!("report: {}", file.display()));
    }
    Ok(report.passed())
}

/// Seconds with three digits.
fn seconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
