//! The command line of `catweb`: the runner, the parts that it runs, and the tools of an operator.

mod backup;
mod broker;
mod dead_letters;
mod parent;
mod restore;
mod topology;

pub use parent::ENDS_WITH_PARENT;

use crate::breach::{self, BreachArgs};
use crate::broker::BrokerArgs;
use crate::drill::{self, DrillArgs};
use crate::up::{self, UpArgs};
use backup::BackupArgs;
use clap::{Parser, Subcommand};
use dead_letters::DeadLettersCommand;
use restore::{CheckArgs, RestoreArgs};
use service_chassis::telemetry::with_causes;
use std::collections::HashMap;
use std::process::ExitCode;
use topology::TopologyCommand;

const EXAMPLES: &str = "\
Examples:
  catweb                                   run everything, with a demo; Ctrl-C stops it
  catweb up --data-dir /srv/catweb --no-demo
  catweb up --only mouse-trap,cat-node     leave the exchange out
  catweb up --replay Portal_rodent.csv --exit-when-done
  catweb backup; catweb restore            the data folder, sealed, and back
  catweb broker --port 8085                the Pub/Sub broker alone
  catweb mouse-trap --help                 one service alone, and its tools";

const UP_EXAMPLES: &str = "\
Examples:
  catweb up                                the demo, in .catweb
  catweb up --data-dir /srv/catweb --no-demo
  catweb up --only mouse-trap,cat-node     leave the exchange out
  catweb up --backups /mnt/other-disk/catweb --backup-key /root/catweb-backup-key
  catweb up --cat-node-port 0              Parse on a free port; the table tells which
  catweb up --replay ../shared/data/portal/Portal_rodent.csv --exit-when-done
  CADAVER_EXCHANGE__MARKET__WELCOME_GRANT=5000 catweb up";

const BROKER_EXAMPLES: &str = "\
Examples:
  catweb broker                            on 127.0.0.1:8085, in .catweb/broker
  catweb broker --data-dir /srv/broker --port 0
  PUBSUB_EMULATOR_HOST=127.0.0.1:8085 ...  clients find it so";

/// Catweb on this machine: without a command it runs everything (`up`).
#[derive(Debug, Parser)]
#[command(name = "catweb", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(flatten)]
    up: UpArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the broker and the services, with a demo.
    #[command(after_help = UP_EXAMPLES)]
    Up(UpArgs),
    /// Runs the embedded Pub/Sub broker alone.
    #[command(after_help = BROKER_EXAMPLES)]
    Broker(BrokerArgs),
    /// Cats, sessions, roles, and all the system's information over the Parse protocol.
    CatNode(cat_node::cli::Cli),
    /// The market in rat and mouse cadavers.
    CadaverExchange(cadaver_exchange::cli::Cli),
    /// Sites, traps, their devices and their captures.
    MouseTrap(mouse_trap::cli::Cli),
    /// The topics and subscriptions of Catweb.
    #[command(subcommand, after_help = topology::EXAMPLES)]
    Topology(TopologyCommand),
    /// Messages that no consumer could deal with.
    #[command(subcommand, after_help = dead_letters::EXAMPLES)]
    DeadLetters(DeadLettersCommand),
    /// Backs a data folder up, also while everything runs on it.
    #[command(after_help = backup::EXAMPLES)]
    Backup(BackupArgs),
    /// Brings a data folder back from its backups, to the last moment or an earlier one.
    #[command(after_help = restore::EXAMPLES)]
    Restore(RestoreArgs),
    /// Checks that the stores of a data folder are whole.
    Check(CheckArgs),
    /// Somebody was in: stops everything, keeps the evidence, replaces every key and credential, and tries the old ones.
    Breach(BreachArgs),
    /// The fire drill: breaks a scratch Catweb on purpose, mends it, and reports how long it took and what was lost.
    Drill(DrillArgs),
}

/// Does what the command line says.
pub async fn main(cli: Cli) -> ExitCode {
    let environment: HashMap<String, String> = std::env::vars().collect();
    parent::watch_if_asked(&environment);
    match cli.command.unwrap_or(Command::Up(cli.up)) {
        Command::Up(args) => Box::pin(up::main(args, environment)).await,
        Command::CatNode(args) => Box::pin(cat_node::cli::main(args)).await,
        Command::CadaverExchange(args) => Box::pin(cadaver_exchange::cli::main(args)).await,
        Command::MouseTrap(args) => Box::pin(mouse_trap::cli::main(args)).await,
        Command::Broker(args) => ended(Box::pin(broker::run(args, environment)).await),
        Command::Topology(command) => ended(Box::pin(topology::run(command, environment)).await),
        Command::DeadLetters(command) => {
            ended(Box::pin(dead_letters::run(command, environment)).await)
        }
        Command::Backup(args) => ended(Box::pin(backup::run(args)).await),
        Command::Restore(args) => ended(restore::run(&args)),
        Command::Breach(args) => Box::pin(breach::main(args, environment)).await,
        Command::Drill(args) => Box::pin(drill::main(args, environment)).await,
        Command::Check(args) => ended(restore::check(&args)),
    }
}

fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout)] // what was asked for on the command line
fn show(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr)] // a tool has no log
fn complain(error: &anyhow::Error) {
    eprintln!("catweb: {}", with_causes(error.as_ref()));
}
