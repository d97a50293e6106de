//! A Pub/Sub server as a process of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// Clock ticks per second in /proc: fixed on Linux.
const TICKS_PER_SECOND: u64 = 100;

/// A server that can be started.
pub(crate) struct Contestant {
    command: Command,
    port: u16,
    data: Option<TempDir>,
}

/// A started server; it is killed when this is dropped.
pub(crate) struct Running {
    process: Child,
    endpoint: String,
    _data: Option<TempDir>,
}

impl Contestant {
    pub(crate) fn broker() -> Self {
        let port = free_port();
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_catweb"));
        command
            .args(["broker", "--port", &port.to_string(), "--data-dir"])
            .arg(data.path());
        Self {
            command,
            port,
            data: Some(data),
        }
    }

    /// Google's emulator out of the gcloud SDK.
    pub(crate) fn emulator() -> Option<Self> {
        let root = Command::new("gcloud")
            .args(["info", "--format=value(installation.sdk_root)"])
            .output();
        let root = root.ok()?.stdout;
        let root = PathBuf::from(String::from_utf8(root).ok()?.trim());
        let jars = std::fs::read_dir(root.join("platform/pubsub-emulator/lib")).ok()?;
        let is_emulator = |path: &PathBuf| path.to_string_lossy().contains("cloud-pubsub-emulator");
        let jar = jars
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(is_emulator)?;
        let port = free_port();
        let mut command = Command::new("java");
        command
            .arg("-jar")
            .arg(jar)
            .args(["--host=127.0.0.1", &format!("--port={port}")]);
        Some(Self {
            command,
            port,
            data: None,
        })
    }

    /// Starts it; answers how long it took until it created a topic.
    pub(crate) async fn start(mut self) -> (Running, Duration) {
        let start = Instant::now();
        let process = self
            .command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let running = Running {
            process: process.unwrap(),
            endpoint,
            _data: self.data,
        };
        let client = reqwest::Client::new();
        let url = format!("{}/v1/projects/ready/topics/ready", running.endpoint);
        while start.elapsed() < PATIENCE {
            let created = client.put(&url).json(&serde_json::json!({})).send().await;
            if created.is_ok_and(|response| response.status().is_success()) {
                return (running, start.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{} was not ready in {PATIENCE:?}", running.endpoint);
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Running {
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap()
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        let status = self.proc("status");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Processor time since it started.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|it| it.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
