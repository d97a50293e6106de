//! A server as a process of its own: started, awaited, measured, and killed when it is dropped.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks a second, as Linux counts processor time for programs.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// A running server.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Process {
    /// Starts it and waits until its port is open.
    pub(crate) fn start(command: &mut Command, port: u16) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut process = Self(child);
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = process.0.try_wait().expect("a child can be asked") {
                panic!("{command:?} ended with {status}");
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{command:?} does not listen on {port}"
            );
            std::thread::sleep(LOOK_AGAIN_AFTER);
        }
        process
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// The processor time that a process has used, user's and system's, in seconds.
pub(crate) fn cpu_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the server runs");
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .expect("the name is in brackets")
        .1
        .split_whitespace()
        .collect();
    let ticks = |field: usize| fields[field].parse::<f64>().expect("ticks are numbers");
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

/// Resident memory, in MiB.
pub(crate) fn resident_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the server runs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("it has memory");
    line.trim()
        .trim_end_matches(" kB")
        .parse::<f64>()
        .expect("memory is a number")
        / 1024.0
}
