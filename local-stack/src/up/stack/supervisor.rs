//! Keeps processes running: starts them again when they crash, and says when that is hopeless.

use super::child::{ChildPlan, RunningChild};
use super::crashes::{Crash, Crashes};
use super::log_file::LogFile;
use crate::up::folder::DataFolder;
use crate::up::screen::{Paint, Screen};
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

/// So much of a crashed child's log is shown.
const SHOWN_LINES: usize = 12;
/// How often logs are looked at.
const LOG_CHECK: Duration = Duration::from_secs(10);

/// A process cannot be kept running.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} {what}.{}\nThe whole log is {log}. Mend what it says and start catweb again; the data folder is as it was.",
    shown(lines)
)]
pub(in crate::up) struct GaveUp {
    name: &'static str,
    what: String,
    lines: Vec<String>,
    log: String,
}

fn shown(lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        lines => format!(" Its last words:\n  {}", lines.join("\n  ")),
    }
}

/// Starts processes and watches over them.
#[derive(Debug)]
pub(super) struct Supervisor {
    folder: Arc<DataFolder>,
    screen: Arc<Screen>,
    given_up: mpsc::Sender<GaveUp>,
}

/// A process that is kept running.
#[derive(Debug)]
pub(super) struct Supervised {
    stop: CancellationToken,
    was_ready: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Supervised {
    /// From now on a crash is answered by a restart; before, it ends the runner, as a restart would not mend it.
    pub(super) fn is_ready(&self) {
        self.was_ready.store(true, Relaxed);
    }

    /// Stops it in good order.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        // A task that panicked has dropped, and so killed, its process.
        let _ended = self.task.await;
    }
}

impl Supervisor {
    pub(super) fn new(
        folder: Arc<DataFolder>,
        screen: Arc<Screen>,
        given_up: mpsc::Sender<GaveUp>,
    ) -> Self {
        Self {
            folder,
            screen,
            given_up,
        }
    }

    /// Starts the process, and again whenever it crashes.
    pub(super) fn keep_running(&self, plan: ChildPlan) -> Supervised {
        let (stop, was_ready) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        let watch = Watch {
            plan,
            folder: self.folder.clone(),
            screen: self.screen.clone(),
            stop: stop.clone(),
            was_ready: was_ready.clone(),
        };
        let given_up = self.given_up.clone();
        let task = tokio::spawn(async move {
            if let Err(gave_up) = watch.run().await {
                // The first that is given up stops everything; nobody waits for a second.
                let _first = given_up.try_send(gave_up);
            }
        });
        Supervised {
            stop,
            was_ready,
            task,
        }
    }
}

/// The watch over one process.
struct Watch {
    plan: ChildPlan,
    folder: Arc<DataFolder>,
    screen: Arc<Screen>,
    stop: CancellationToken,
    was_ready: Arc<AtomicBool>,
}

impl Watch {
    async fn run(&self) -> Result<(), GaveUp> {
        let name = self.plan.name();
        let cannot_start = |error: io::Error| GaveUp {
            name,
            what: format!("cannot be started: {error}"),
            lines: Vec::new(),
            log: self.folder.log(name).display().to_string(),
        };
        let log = LogFile::begin(self.folder.log(name)).map_err(cannot_start)?;
        let mut crashes = Crashes::default();
        while !self.stop.is_cancelled() {
            let child = log.open().and_then(|file| self.plan.start(file));
            let child = child.map_err(cannot_start)?;
            let Some(status) = self.until_it_ends(child, &log).await else {
                break;
            };
            let pause = self.pause_after(status, &log, &mut crashes)?;
            tokio::select! { () = sleep(pause) => {} () = self.stop.cancelled() => {} }
        }
        let _none = fs::remove_file(self.folder.pid_file(name));
        Ok(())
    }

    /// How it crashed; nothing when it was asked to stop.
    async fn until_it_ends(&self, mut child: RunningChild, log: &LogFile) -> Option<ExitStatus> {
        self.tell_pid(&child);
        let mut log_check = interval(LOG_CHECK);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    if !child.stop().await {
                        let name = self.plan.name();
                        self.screen.warn(&format!("{name} did not stop in time and was killed; nothing is lost"));
                    }
                    return None;
                }
                ended = child.wait() => return ended.ok(),
                _ = log_check.tick() => { let _next_time = log.keep_small(); }
            }
        }
    }

    fn tell_pid(&self, child: &RunningChild) {
        let file = self.folder.pid_file(self.plan.name());
        if let Some(pid) = child.id()
            && let Err(error) = fs::write(&file, pid.to_string())
        {
            let file = file.display();
            self.screen
                .warn(&format!("{file} cannot be written: {error}"));
        }
    }

    fn pause_after(
        &self,
        status: ExitStatus,
        log: &LogFile,
        crashes: &mut Crashes,
    ) -> Result<Duration, GaveUp> {
        let name = self.plan.name();
        let (crash, what) = match (status.signal(), status.code()) {
            (Some(signal), _) => (Crash::Killed, format!("was killed by signal {signal}")),
            (None, code) => (
                Crash::Failed,
                format!("ended with status {}", code.unwrap_or_default()),
            ),
        };
        let lines = || log.tail(SHOWN_LINES);
        let gave_up = |what| GaveUp {
            name,
            what,
            lines: lines(),
            log: log.path().display().to_string(),
        };
        if crash == Crash::Failed && !self.was_ready.load(Relaxed) {
            return Err(gave_up(format!("{what} before it was ready")));
        }
        let pause = crashes.count(Instant::now(), crash);
        let pause =
            pause.ok_or_else(|| gave_up(format!("{what}, once too often for another restart")))?;
        self.screen
            .warn(&format!("{name} {what}; starting it again"));
        if crash == Crash::Failed {
            let words = lines().join("\n  ");
            self.screen
                .say(&self.screen.paint(Paint::Quiet, &format!("  {words}")));
        }
        Ok(pause)
    }
}
