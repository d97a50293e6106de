//! Runs mouse-trap's importer to its end. It may be killed at any time: the next one goes on where it was.

use super::outcome::ImportOutcome;
use crate::up::folder::DataFolder;
use crate::up::screen::{Paint, Screen};
use crate::up::stack::{LogFile, Plan};
use anyhow::Context as _;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::time::sleep;

/// The importer's name in logs and pid files.
const NAME: &str = "import-portal";
/// So often an importer that was killed is followed by another.
const MAX_KILLS: u32 = 100;
/// So often an importer that failed by itself is.
const MAX_FAILURES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// So much of its log is shown when it is hopeless.
const SHOWN_LINES: usize = 12;

/// The importer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Import<'a> {
    pub(super) plan: &'a Plan,
    pub(super) folder: &'a DataFolder,
    pub(super) screen: &'a Screen,
}

impl Import<'_> {
    /// Imports the record and tells what became of it.
    pub(super) async fn run(
        &self,
        file: &Path,
        hunters: &[String],
        keep_dates: bool,
    ) -> anyhow::Result<ImportOutcome> {
        let file = std::path::absolute(file)?;
        let mut arguments: Vec<OsString> = ["import", "portal"].map(OsString::from).into();
        arguments.push(file.into());
        for hunter in hunters {
            arguments.extend(["--hunter".into(), hunter.into()]);
        }
        arguments.extend(keep_dates.then(|| "--keep-dates".into()));
        let log = LogFile::begin(self.folder.log(NAME))?;
        let (mut kills, mut failures) = (0, 0);
        loop {
            let status = self.once(&arguments, &log).await?;
            if status.success() {
                return self.outcome().await;
            }
            let counted = if status.signal().is_some() {
                &mut kills
            } else {
                &mut failures
            };
            *counted += 1;
            if kills > MAX_KILLS || failures > MAX_FAILURES {
                let words = log.tail(SHOWN_LINES).join("\n  ");
                let log = log.path().display();
                anyhow::bail!(
                    "the import keeps failing ({status}). Its last words:\n  {words}\nThe whole log is {log}."
                );
            }
            let told = format!("the import was cut off ({status}); going on where it was");
            self.screen.say(&self.screen.paint(Paint::Quiet, &told));
            sleep(PAUSE).await;
        }
    }

    async fn once(&self, arguments: &[OsString], log: &LogFile) -> anyhow::Result<ExitStatus> {
        let tool = self.plan.mouse_trap_tool(NAME, arguments.to_vec());
        let mut child = tool
            .start(log.open()?)
            .context("the import cannot be started")?;
        let pid_file = self.folder.pid_file(tool.name());
        if let Some(pid) = child.id() {
            std::fs::write(&pid_file, pid.to_string())?;
        }
        let status = child.wait().await?;
        let _none = std::fs::remove_file(pid_file);
        Ok(status)
    }

    /// What mouse-trap has stored of the record by now.
    pub(super) async fn outcome(&self) -> anyhow::Result<ImportOutcome> {
        let arguments = ["import", "status", "portal", "--json"].map(OsString::from);
        let tool = self.plan.mouse_trap_tool("import-status", arguments.into());
        let output = tool.output().await?;
        let words = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(
            output.status.success(),
            "the import's status cannot be read: {words}"
        );
        serde_json::from_slice(&output.stdout)
            .context("the import's status is not what was expected")
    }
}
