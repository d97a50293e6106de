//! The binary of cadaver-exchange.

use cadaver_exchange::cli::{self, Cli};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(Cli::parse()).await
}
