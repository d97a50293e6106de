//! Starts `catweb up` and reads what it says.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far longer than anything here takes; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(10);

/// The processes that every complete run has.
pub(super) const CHILDREN: [&str; 4] = ["broker", "cat-node", "cadaver-exchange", "mouse-trap"];

/// A data folder that goes with the test.
pub(super) struct Place(TempDir);

impl Place {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Starts `catweb up` on this folder with free ports.
    pub(super) fn start(&self, arguments: &[&str]) -> Runner {
        self.start_with(arguments, &[])
    }

    pub(super) fn start_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Runner {
        let ports = ["broker", "cat-node", "cadaver-exchange", "mouse-trap"]
            .map(|part| format!("--{part}-port=0"));
        let named = |port: &&String| {
            let option = port.trim_end_matches("=0");
            !arguments
                .iter()
                .any(|argument| argument.starts_with(option))
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_catweb"));
        command
            .arg("up")
            .arg("--data-dir")
            .arg(self.path())
            .args(ports.iter().filter(named))
            .args(arguments)
            .env_remove("PARSE_SERVER_MASTER_KEY")
            .env_remove("PARSE_SERVER_APPLICATION_ID")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        Runner::of(command.spawn().unwrap())
    }

    /// The process id of a child, as soon as there is one that is not `other`.
    pub(super) fn pid(&self, child: &str, other: Option<i32>) -> i32 {
        let file = self.path().join("pids").join(format!("{child}.pid"));
        eventually(|| {
            let pid = std::fs::read_to_string(&file).ok()?.parse().ok()?;
            (Some(pid) != other).then_some(pid)
        })
    }
}

/// A running `catweb up`.
pub(super) struct Runner {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Runner {
    fn of(mut child: Child) -> Self {
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { return };
                println!("{line}");
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Reads on until a line has this in it.
    pub(super) fn until(&mut self, wanted: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(DEADLINE);
            let line = line.unwrap_or_else(|_| panic!("no line with {wanted:?} came"));
            self.said.push(line.clone());
            if line.contains(wanted) {
                return line;
            }
        }
    }

    /// All lines that were read.
    pub(super) fn told(&self) -> String {
        self.said.join("\n")
    }

    /// Waits until everything runs.
    pub(super) fn until_ready(&mut self) {
        self.until("data folder");
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill(i32::try_from(self.child.id()).unwrap(), signal);
    }

    /// Waits for its end and returns all that it ever said.
    pub(super) fn end(mut self) -> (ExitStatus, String) {
        let status = eventually(|| self.child.try_wait().unwrap());
        self.said.extend(self.lines.iter());
        (status, self.said.join("\n"))
    }

    /// Ctrl-C, and its end.
    pub(super) fn stop(self) -> (ExitStatus, String) {
        self.signal(Signal::INT);
        self.end()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

pub(super) fn kill(pid: i32, signal: Signal) {
    let _gone = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

/// Whether a process works still; one that has ended but was not waited for does not.
pub(super) fn works(pid: i32) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|command| !command.is_empty())
}

/// Asks until there is an answer.
pub(super) fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never came to be");
        thread::sleep(PAUSE);
    }
}

/// A small record with every outcome: 98 mice, 63 rats, 22 others, 14 empty traps, 3 rows that cannot be.
pub(super) fn sample() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/Portal_rodent.csv");
    file.to_str().unwrap().to_owned()
}
