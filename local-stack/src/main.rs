//! The `catweb` program: all of Catweb in one binary.

use clap::Parser as _;
use local_stack::cli::{self, Cli};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(Cli::parse()).await
}
