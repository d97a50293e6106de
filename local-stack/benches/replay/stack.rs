//! A `catweb up` under observation.

use crate::process::Usage;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The processes of a complete run.
pub(crate) const PROCESSES: [&str; 4] = ["broker", "cat-node", "cadaver-exchange", "mouse-trap"];

/// Between two questions whether something is so.
const PAUSE: Duration = Duration::from_millis(1);

/// A running `catweb up`.
pub(crate) struct Stack {
    child: Child,
    folder: PathBuf,
    lines: Option<BufReader<ChildStdout>>,
    said: Arc<Mutex<String>>,
    ports: BTreeMap<&'static str, u16>,
}

impl Stack {
    pub(crate) fn start(place: &Path, arguments: &[&str]) -> Self {
        let folder = place.join("data");
        let ports: BTreeMap<&str, u16> = PROCESSES.into_iter().zip(free_ports()).collect();
        let options = ports
            .iter()
            .map(|(part, port)| format!("--{part}-port={port}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_catweb"))
            .arg("up")
            .arg("--data-dir")
            .arg(&folder)
            .args(options)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        Self {
            child,
            folder,
            lines,
            said: Arc::default(),
            ports,
        }
    }

    /// Reads on until a line has this in it.
    pub(crate) fn until(&mut self, wanted: &str) {
        let lines = self.lines.as_mut().unwrap();
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            assert!(
                lines.read_line(&mut line).unwrap() > 0,
                "it ended before it said {wanted}"
            );
        }
    }

    /// Whether it has ended by itself. From the first call on, what it says is kept.
    pub(crate) fn ended(&mut self) -> bool {
        if let Some(lines) = self.lines.take() {
            let said = self.said.clone();
            std::thread::spawn(move || {
                for line in lines.lines().map_while(Result::ok) {
                    let mut said = said.lock().unwrap();
                    said.push_str(&line);
                    said.push('\n');
                }
            });
        }
        self.child.try_wait().unwrap().is_some()
    }

    /// What it said of the replay at its end.
    pub(crate) fn said(&self) -> String {
        let said = self.said.lock().unwrap();
        said.find("Replay of")
            .map_or_else(|| said.clone(), |at| said[at..].to_owned())
    }

    /// What each process uses now, by its name.
    pub(crate) fn usages(&self) -> BTreeMap<String, Usage> {
        let Ok(files) = fs::read_dir(self.folder.join("pids")) else {
            return BTreeMap::new();
        };
        let names = files
            .flatten()
            .map(|file| file.path())
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
        names
            .filter_map(|name| Some((name.clone(), Usage::of(self.pid(&name)?)?)))
            .collect()
    }

    fn pid(&self, part: &str) -> Option<u32> {
        let file = self.folder.join("pids").join(format!("{part}.pid"));
        fs::read_to_string(file).ok()?.trim().parse().ok()
    }

    /// Kills a part and takes the time from the start of the next one until it answers that it is ready.
    pub(crate) fn time_a_start(&self, part: &str) -> Duration {
        let first = self.pid(part).unwrap();
        send(first, Signal::KILL);
        while self.pid(part).is_none_or(|pid| pid == first) {
            std::thread::sleep(PAUSE);
        }
        let began = Instant::now();
        while !is_ready(self.ports[part]) {
            std::thread::sleep(PAUSE);
        }
        began.elapsed()
    }

    pub(crate) fn stop(mut self) {
        send(self.child.id(), Signal::INT);
        self.child.wait().unwrap();
    }
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

/// A port each; they are free a moment later.
fn free_ports() -> [u16; PROCESSES.len()] {
    let held = PROCESSES.map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

/// Services answer `/readyz`; the broker has no such path and answers 404 as soon as it can.
fn is_ready(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ok()?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).ok()?;
        Some(head)
    };
    ask().is_some_and(|head| head.ends_with(b"200") || head.ends_with(b"404"))
}
