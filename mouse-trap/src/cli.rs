//! The command line: the same for the service's own binary and for `catweb mouse-trap`.

mod import;
mod renew_credentials;

use crate::app::App;
use crate::config::{DEFAULTS, Settings};
use clap::{Args, Parser, Subcommand, ValueEnum};
use service_chassis::clock::SystemClock;
use service_chassis::health::ask_readiness;
use service_chassis::{shutdown, telemetry};
use shared_events::id::CatId;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Sites, traps, their credentials, reports and commands, and every capture they make.
#[derive(Debug, Parser)]
#[command(name = "mouse-trap", version)]
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
    /// After a breach, on the database: gives each trap another credential; the old ones are refused from then on.
    RenewCredentials {
        /// Where the new secrets go, a line of JSON for each trap: a file that must not be there, or - for standard output.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Imports records of the past, also while the service runs.
    #[command(subcommand)]
    Import(ImportCommand),
}

/// What to import, or to tell of it.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Imports the Portal Project's rodent records; running it again goes on where it was.
    Portal(PortalArgs),
    /// Tells what became of the lines of an import, by what is stored.
    Status {
        /// Which import.
        import: ImportName,
        /// As one line of JSON.
        #[arg(long)]
        json: bool,
    },
}

/// The imports there are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ImportName {
    /// The Portal Project's rodent records.
    Portal,
}

/// How to import the Portal record.
#[derive(Args, Debug)]
pub struct PortalArgs {
    /// `Portal_rodent.csv`.
    pub file: PathBuf,
    /// The species table; `Portal_rodent_species.csv` beside FILE when not told.
    #[arg(long, value_name = "FILE")]
    pub species: Option<PathBuf>,
    /// The coordinates; `Portal_UTMCoords.csv` beside FILE when not told. Without it all stands at the weather station.
    #[arg(long, value_name = "FILE")]
    pub coords: Option<PathBuf>,
    /// The cat that owns the catches; told several times, plot 1 belongs to the first, plot 2 to the second, and round again.
    #[arg(long = "hunter", value_name = "CAT", default_value = "portal")]
    pub hunters: Vec<CatId>,
    /// Dates the catches as the record does. Without it they are dated to now, for the market takes fresh cadavers only.
    #[arg(long)]
    pub keep_dates: bool,
    /// Ends with the summary as one line of JSON.
    #[arg(long)]
    pub json: bool,
}

/// Does what the command line says.
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
        show(DEFAULTS.trim_end());
        return Ok(());
    }
    let settings = Settings::load(cli.config.as_deref(), std::env::vars().collect())?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => Box::pin(serve(settings)).await,
        Command::Health => {
            show(&ask_readiness(&settings.http.host, settings.http.port)?);
            Ok(())
        }
        Command::RenewCredentials { to } => renew_credentials::run(&settings, &to).await,
        Command::Import(ImportCommand::Portal(args)) => {
            telemetry::init(&settings.log)?;
            Box::pin(import::portal(settings, args)).await
        }
        Command::Import(ImportCommand::Status {
            import: ImportName::Portal,
            json,
        }) => import::status(&settings, json).await,
    }
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    telemetry::init(&settings.log)?;
    let stop = shutdown::on_signal()?;
    let app = App::build(settings, Arc::new(SystemClock)).await?;
    tracing::info!(address = %app.address(), "mouse-trap is watching");
    app.run(stop).await?;
    tracing::info!("mouse-trap has stopped");
    Ok(())
}

#[allow(clippy::print_stdout)] // what was asked for on the command line
fn show(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr)] // the log may not be there yet
fn complain(error: &anyhow::Error) {
    eprintln!("mouse-trap: {}", telemetry::with_causes(error.as_ref()));
}
