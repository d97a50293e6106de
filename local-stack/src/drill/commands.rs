//! The program's own commands, as an operator types them.

use std::ffi::OsStr;
use std::path::PathBuf;
use tokio::process::Command;

/// The very program that runs now.
pub(super) fn this_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// Runs `catweb ...` to its end. What it said, and whether it succeeded.
pub(super) async fn catweb<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> anyhow::Result<(bool, String)> {
    let mut command = Command::new(this_program()?);
    let output = command.args(arguments).kill_on_drop(true).output().await?;
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), said.trim().to_owned()))
}
