//! This program's own tools, run as an operator runs them.

use super::places::Places;
use anyhow::Context as _;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use tokio::process::Command;

/// A service's tool never speaks with the bus; nothing listens here.
const NO_BUS: &str = "127.0.0.1:1";

/// The very program that runs now.
pub(super) fn this_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// Runs `catweb ...` to its end. Answers what it wrote; what it complained of is the error.
pub(super) async fn catweb<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> anyhow::Result<String> {
    let mut command = Command::new(this_program()?);
    command.args(arguments);
    finish(command).await
}

/// Runs a tool of a service on its database.
pub(super) async fn service<A: AsRef<OsStr>>(
    places: &Places,
    service: &str,
    arguments: impl IntoIterator<Item = A>,
) -> anyhow::Result<String> {
    let database = places.data_dir().join(format!("{service}.db"));
    // cat-node starts with no less, though its tool asks nobody for a key.
    let master_key = fs::read_to_string(places.data_dir().join("master-key"))?;
    let mut command = Command::new(this_program()?);
    command
        .arg(service)
        .args(arguments)
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .env("PUBSUB_EMULATOR_HOST", NO_BUS)
        .env("GOOGLE_CLOUD_PROJECT", "catweb-local")
        .env("PARSE_SERVER_APPLICATION_ID", "catweb")
        .env("PARSE_SERVER_MASTER_KEY", master_key.trim());
    let said = finish(command).await;
    said.with_context(|| format!("catweb {service}"))
}

async fn finish(mut command: Command) -> anyhow::Result<String> {
    let output = command.kill_on_drop(true).output().await?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
