//! One process: this binary again, with a part's name as its first argument.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// Longer than a service's own deadlines together; then it is killed, which loses nothing.
const STOP_DEADLINE: Duration = Duration::from_secs(25);

/// How to start a process.
#[derive(Debug, Clone)]
pub(in crate::up) struct ChildPlan {
    name: &'static str,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl ChildPlan {
    pub(super) fn new(
        name: &'static str,
        arguments: Vec<OsString>,
        environment: Vec<(&'static str, OsString)>,
    ) -> Self {
        Self {
            name,
            arguments,
            environment,
        }
    }

    pub(in crate::up) fn name(&self) -> &'static str {
        self.name
    }

    /// Starts the process, with everything that it says going to `log`.
    pub(in crate::up) fn start(&self, log: File) -> io::Result<RunningChild> {
        let mut command = self.command()?;
        command.stdout(log.try_clone()?).stderr(log);
        let mut child = command.spawn()?;
        Ok(RunningChild {
            _lifeline: child.stdin.take(),
            child,
        })
    }

    /// Runs the process to its end and returns what it wrote to standard output.
    pub(in crate::up) async fn output(&self) -> io::Result<std::process::Output> {
        let mut command = self.command()?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        // `wait_with_output` would close the pipe that keeps the child alive.
        let lifeline = child.stdin.take();
        let output = child.wait_with_output().await;
        drop(lifeline);
        output
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(this_program()?);
        command
            .arg0("catweb")
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            // Ctrl-C at a terminal goes to the runner alone, which stops the others in order.
            .process_group(0);
        Ok(command)
    }
}

/// The very program that runs now: where the system can name it, also after its file was replaced by a newer one, so that
/// all processes of a run are of one version.
fn this_program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    match running.exists() {
        true => Ok(running.to_owned()),
        false => std::env::current_exe(),
    }
}

/// A running process. When the runner ends, however it ends, the pipe closes and the process stops by itself.
#[derive(Debug)]
pub(in crate::up) struct RunningChild {
    child: Child,
    _lifeline: Option<ChildStdin>,
}

impl RunningChild {
    /// Its process id, while it runs.
    pub(in crate::up) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end.
    pub(in crate::up) async fn wait(&mut self) -> io::Result<ExitStatus> {
        // `Child::wait` would close standard input, but that was taken out of it.
        self.child.wait().await
    }

    /// Asks it to stop, and kills it when it does not. Returns whether it stopped by itself.
    pub(in crate::up) async fn stop(mut self) -> bool {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // Not there any more is as good as stopped.
            let _gone = kill_process(pid, Signal::TERM);
        }
        if timeout(STOP_DEADLINE, self.child.wait()).await.is_ok() {
            return true;
        }
        let _gone = self.child.kill().await;
        false
    }
}
