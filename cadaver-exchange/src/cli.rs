//! The command line: the same for the service's own binary and for `catweb cadaver-exchange`.

use crate::{app::App, config::Settings};
use clap::{Parser, Subcommand};
use service_chassis::{clock::SystemClock, health::ask_readiness, shutdown, telemetry};
use std::{path::PathBuf, process::ExitCode, sync::Arc};

/// The market in rat and mouse cadavers.
#[derive(Debug, Parser)]
#[command(name = "cadaver-exchange", version)]
pub struct Cli {
    /// A settings file (TOML) over the built-in defaults; the environment covers both.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Prints every setting with its default and its reason, and ends.
    #[arg(long)]
    pub print_default_config: bool,
    /// What to do; without it the service runs until it is asked to stop.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the service until it is asked to stop.
    Serve,
    /// Asks the running service whether it is ready.
    Health,
}

/// Runs the service until it is asked to stop.
pub async fn main(cli: Cli) -> ExitCode {
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    if cli.print_default_config {
        show(crate::config::DEFAULTS);
        return Ok(());
    }
    let settings = Settings::load(cli.config.as_deref(), std::env::vars().collect())?;
    match cli.command {
        Some(Command::Health) => {
            show(&ask_readiness(&settings.http.host, settings.http.port)?);
            Ok(())
        }
        Some(Command::Serve) | None => serve(settings).await,
    }
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    telemetry::init(&settings.log)?;
    let stop = shutdown::on_signal()?;
    let app = App::build(settings, Arc::new(SystemClock)).await?;
    tracing::info!(address = %app.address(), "cadaver-exchange listens");
    app.run(stop).await?;
    tracing::info!("cadaver-exchange has stopped");
    Ok(())
}

#[allow(clippy::print_stdout)] // what was asked for on the command line
fn show(text: &str) {
    println!("{}", text.trim_end());
}

#[allow(clippy::print_stderr)] // the log may not be there yet
fn complain(error: &anyhow::Error) {
    eprintln!(
        "cadaver-exchange: {}",
        telemetry::with_causes(error.as_ref())
    );
}
