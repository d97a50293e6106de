//! The binary of cat-node.

use std::process::ExitCode;

use cat_node::cli::{self, Cli};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(Cli::parse()).await
}
