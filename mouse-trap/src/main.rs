//! The mouse-trap program.

use clap::Parser as _;
use mouse_trap::cli::{self, Cli};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(Cli::parse()).await
}
