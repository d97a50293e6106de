//! `catweb up`: everything with one command.
//!
//! The runner starts the other processes and watches over them, and is otherwise an honest outsider: the demo, the
//! live lines and the replay use nothing but what every client of Catweb can use.

mod args;
mod backups;
mod demo;
mod folder;
mod keys;
mod leftovers;
mod live;
mod outside;
mod ports;
mod replay;
mod screen;
mod show;
mod stack;
mod welcome;

pub use args::{Service, UpArgs};
pub(crate) use demo::renew_demo;
pub(crate) use folder::{DataFolder, OpenFolderError, QUARANTINED, write_secret};
pub(crate) use keys::Keys;
pub(crate) use outside::{
    CallError, INVALID_SESSION, NewOrder, NewSite, Outside, Position, SignedIn,
};
pub(crate) use ports::free_ports;
pub(crate) use screen::{Paint, Screen};

use anyhow::Context as _;
use backups::Backups;
use chrono::Utc;
use ports::Ports;
use service_chassis::shutdown;
use show::Show;
use stack::{Plan, Stack};
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Runs everything until it is asked to stop, or until the replay is done.
pub async fn main(args: UpArgs, environment: HashMap<String, String>) -> ExitCode {
    let screen = Arc::new(Screen::of_process(&environment));
    match run(args, environment, &screen).await {
        Ok(code) => code,
        Err(error) => {
            screen.warn(&format!("catweb: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(
    args: UpArgs,
    environment: HashMap<String, String>,
    screen: &Arc<Screen>,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.replay.is_none() || args.runs_all(),
        "--replay needs all services; leave --only out"
    );
    let stop = shutdown::on_signal().context("signals cannot be listened to")?;
    let folder = Arc::new(match args.in_quarantine {
        true => DataFolder::open_in_quarantine(&args.data_dir)?,
        false => DataFolder::open(&args.data_dir)?,
    });
    leftovers::wait(&folder, screen).await;
    let keys = Keys::choose(&folder, &environment).context("the master key cannot be kept")?;
    let ports = Ports::choose(&args)?;
    let backups = Backups::prepare(&args, &folder, screen)?;
    let mut plan = Plan::new(&ports, &folder, &keys, environment);
    if let Some(backups) = &backups {
        plan = plan.with_backups(backups.command_line());
    }
    let http = reqwest::Client::new();
    let starting = Stack::start(&plan, ports, &folder, screen, &http);
    let mut stack = match unless_stopped(&stop, Box::pin(starting)).await {
        Some(started) => started?,
        None => return Ok(ExitCode::SUCCESS),
    };
    // It tells the master key, which is nobody's business in quarantine.
    if !args.in_quarantine {
        screen.say(&welcome::table(
            &plan,
            &keys,
            &folder,
            backups.as_ref(),
            args.runs_demo(),
            screen,
        ));
    }
    let watch = backups
        .as_ref()
        .map(|backups| backups.watch(screen.clone()));
    let bus = stack.bus().clone();
    let outside = Outside::new(&http, plan.addresses(), &keys);
    let show = Show {
        args: &args,
        plan: &plan,
        bus: &bus,
        outside: &outside,
        folder: &folder,
        screen,
        stop: &stop,
    };
    let ended = tokio::select! {
        ended = Box::pin(show.run()) => ended,
        gave_up = stack.given_up() => Err(gave_up.into()),
    };
    screen.say(&screen.paint(Paint::Quiet, "stopping"));
    drop(watch);
    let stopping_at = Utc::now();
    stack.stop().await;
    let complete = backups.map(|backups| backups.are_complete_until(stopping_at));
    ended.and_then(|code| complete.unwrap_or(Ok(())).map(|()| code))
}

/// What the work gives, or nothing when the stop comes first.
async fn unless_stopped<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        result = work => Some(result),
        () = stop.cancelled() => None,
    }
}
