//! The command line: the same for the service's own binary and for `catweb cat-node`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use service_chassis::clock::{Clock, SystemClock};
use service_chassis::health::ask_readiness;
use service_chassis::{shutdown, telemetry};

use crate::app::{App, open_storage};
use crate::config::{self, Sources};
use crate::use_cases::revoke_all::revoke_all;

/// Cats, sessions, roles and all the system's information, over the Parse protocol.
#[derive(Debug, Parser)]
#[command(name = "cat-node", version)]
pub struct Cli {
    /// A settings file (TOML) over the built-in defaults; the environment covers both.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The JSON file that parse-server takes: its options under its own names, over the settings file.
    #[arg(long, value_name = "FILE")]
    pub parse_config: Option<PathBuf>,
    /// Prints every setting with its default and its reason, and ends.
    #[arg(long)]
    pub print_default_config: bool,
    /// What to do; without it, `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What cat-node can do.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Command {
    /// Runs the service until it is asked to stop.
    Serve,
    /// Asks the running service whether it is ready: the health check of its container.
    Health,
    /// After a breach, on the database: ends every session, replaces every signing key, voids mailed links. Tells how many.
    RevokeAll,
}

/// Runs the service until it is asked to stop.
pub async fn main(cli: Cli) -> ExitCode {
    match Box::pin(run(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    if cli.print_default_config {
        show(config::DEFAULTS);
        return Ok(());
    }
    let parse_config = cli.parse_config.as_deref();
    let parse_server_options = parse_config
        .map(config::read_parse_server_file)
        .transpose()?;
    let settings = config::load_from(Sources {
        file: cli.config.as_deref(),
        parse_server_options: parse_server_options.as_ref(),
        environment: std::env::vars().collect(),
    })?;
    if let Some(Command::Health) = cli.command {
        show(&ask_readiness(&settings.http.host, settings.http.port)?);
        return Ok(());
    }
    if let Some(Command::RevokeAll) = cli.command {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let storage = open_storage(&settings, Arc::clone(&clock)).await?;
        let revoked = revoke_all(&storage, clock.now()).await?;
        show(&format!("{}\n", serde_json::to_string(&revoked)?));
        return Ok(());
    }
    let log = telemetry::RecentLines::default();
    telemetry::init_keeping(&settings.log, log.clone())?;
    let stop = shutdown::on_signal()?;
    let mount_path = settings.parse.mount_path.clone();
    let app = App::build_with_log(settings, Arc::new(SystemClock), stop, log).await?;
    tracing::info!(address = %app.address(), mount_path, "cat-node speaks Parse");
    app.run().await?;
    tracing::info!("cat-node has stopped");
    Ok(())
}

#[allow(clippy::print_stdout)] // what was asked for on the command line
fn show(text: &str) {
    print!("{text}");
}

#[allow(clippy::print_stderr)] // the log may not be there yet
fn complain(error: &anyhow::Error) {
    eprintln!("cat-node: {}", telemetry::with_causes(error.as_ref()));
}
