//! The scratch Catweb: a data folder on a small disk of its own where the system lets us have one, backups elsewhere, and
//! `catweb up` on it.

use super::args::DrillArgs;
use super::commands::{catweb, this_program};
use crate::up::{Keys, Outside, Service, free_ports};
use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// A temporary folder is named so, and for its process.
const TEMPORARY: &str = "catweb-drill-";
/// Where the small disk is in it.
const DISK: &str = "disk";
/// The size of the small disk.
const DISK_MIB: u64 = 768;
/// A start, and everything else that is waited for, takes far less.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The longest that one look may take.
const LOOK: Duration = Duration::from_secs(2);

/// The parts of a running Catweb, as its pid files name them.
pub(super) const PARTS: [&str; 4] = ["broker", "cat-node", "cadaver-exchange", "mouse-trap"];

/// A place for a Catweb that will be broken.
#[derive(Debug)]
pub(super) struct Scratch {
    root: PathBuf,
    is_temporary: bool,
    /// Whether the data folder is on a disk of its own.
    has_disk: bool,
    ports: [u16; PARTS.len()],
    backup_every_ms: u64,
    http: reqwest::Client,
    runner: Option<Child>,
}

impl Scratch {
    pub(super) fn prepare(args: &DrillArgs) -> anyhow::Result<Self> {
        let root = match &args.scratch {
            Some(path) => path.clone(),
            None => {
                remove_leftovers(&std::env::temp_dir());
                std::env::temp_dir().join(format!("{TEMPORARY}{}", std::process::id()))
            }
        };
        let ports = free_ports().context("no free ports were found")?;
        fs::create_dir(&root)
            .with_context(|| format!("the scratch folder {} cannot be made", root.display()))?;
        // From here on whatever happens takes it away again.
        let mut scratch = Self {
            root: root.canonicalize()?,
            is_temporary: args.scratch.is_none(),
            has_disk: false,
            ports,
            backup_every_ms: args.backup_every_ms,
            http: reqwest::Client::new(),
            runner: None,
        };
        fs::create_dir(scratch.disk())?;
        scratch.has_disk = mount(&scratch.disk());
        Ok(scratch)
    }

    pub(super) fn has_disk(&self) -> bool {
        self.has_disk
    }

    pub(super) fn data(&self) -> PathBuf {
        self.disk().join("data")
    }

    pub(super) fn disk(&self) -> PathBuf {
        self.root.join(DISK)
    }

    pub(super) fn backups(&self) -> PathBuf {
        self.root.join("backups")
    }

    fn backup_key(&self) -> PathBuf {
        self.root.join("backup-key")
    }

    /// What the runner said.
    fn log(&self) -> PathBuf {
        self.root.join("up.log")
    }

    /// Copies what everybody said to where it outlives the scratch folder. Answers where that is.
    pub(super) fn keep_logs(&self, report: &Path) -> std::io::Result<PathBuf> {
        let place = report.join("logs");
        fs::create_dir_all(&place)?;
        let mut logs = vec![self.log()];
        // Without it nothing but the runner said anything.
        if let Ok(entries) = fs::read_dir(self.data().join("logs")) {
            logs.extend(entries.flatten().map(|entry| entry.path()));
        }
        for log in logs.into_iter().filter(|log| log.is_file()) {
            fs::copy(&log, place.join(log.file_name().unwrap_or_default()))?;
        }
        Ok(place)
    }

    /// Starts everything and waits until it is ready.
    pub(super) async fn start(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let ports = PARTS.iter().zip(self.ports);
        let mut command = Command::new(this_program()?);
        command
            .args(["up", "--no-demo", "--data-dir"])
            .arg(self.data())
            .args(ports.map(|(part, port)| format!("--{part}-port={port}")))
            .arg("--backups")
            .arg(self.backups())
            .arg("--backup-key")
            .arg(self.backup_key())
            .arg(format!("--backup-every-ms={}", self.backup_every_ms))
            .env_remove("PARSE_SERVER_MASTER_KEY")
            .env_remove("PARSE_SERVER_APPLICATION_ID")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        self.runner = Some(command.spawn()?);
        self.wait_until_ready().await
    }

    /// Waits until every service says that it can work.
    pub(super) async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_ready().await {
            anyhow::ensure!(
                self.runs(),
                "catweb up has ended; its last words are in {}",
                self.log().display()
            );
            anyhow::ensure!(Instant::now() < deadline, "it is not ready in time");
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    pub(super) async fn is_ready(&self) -> bool {
        let asks = Service::ALL.map(|service| {
            let url = format!("{}/readyz", self.url(service));
            let request = self.http.get(url).timeout(LOOK);
            async move {
                request
                    .send()
                    .await
                    .is_ok_and(|it| it.status().is_success())
            }
        });
        let ready = futures_util::future::join_all(asks).await;
        ready.into_iter().all(|is_ready| is_ready)
    }

    /// Whether the runner runs.
    pub(super) fn runs(&mut self) -> bool {
        let runner = self.runner.as_mut();
        runner.is_some_and(|runner| matches!(runner.try_wait(), Ok(None)))
    }

    /// Stops everything in good order.
    pub(super) async fn stop(&mut self) {
        let Some(mut runner) = self.runner.take() else {
            return;
        };
        signal(runner.id(), Signal::TERM);
        if timeout(PATIENCE, runner.wait()).await.is_err() {
            let _gone = runner.kill().await;
        }
    }

    /// Kills the runner; its children see it and stop.
    pub(super) async fn kill_runner(&mut self) {
        if let Some(mut runner) = self.runner.take() {
            let _gone = runner.kill().await;
        }
    }

    /// The process ids of all children of the runner.
    pub(super) fn children(&self) -> anyhow::Result<Vec<u32>> {
        let mut pids = Vec::new();
        for entry in fs::read_dir(self.data().join("pids"))? {
            pids.push(fs::read_to_string(entry?.path())?.trim().parse()?);
        }
        Ok(pids)
    }

    /// Kills the runner and these children of it.
    pub(super) async fn kill_all(&mut self, children: &[u32]) {
        self.kill_runner().await;
        for pid in children {
            signal(Some(*pid), Signal::KILL);
        }
    }

    /// The process id of a part.
    pub(super) fn pid(&self, part: &str) -> anyhow::Result<u32> {
        let file = self.data().join("pids").join(format!("{part}.pid"));
        let text = fs::read_to_string(&file).with_context(|| format!("{part} has no pid file"))?;
        Ok(text.trim().parse()?)
    }

    /// Kills a part. Answers its process id.
    pub(super) fn kill(&self, part: &str) -> anyhow::Result<u32> {
        let pid = self.pid(part)?;
        signal(Some(pid), Signal::KILL);
        Ok(pid)
    }

    /// Waits until a part runs again.
    pub(super) async fn wait_for_another(&self, part: &str, than: u32) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.pid(part).is_ok_and(|pid| pid == than) || self.pid(part).is_err() {
            anyhow::ensure!(Instant::now() < deadline, "{part} was not started again");
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// A backup that something can be restored from.
    pub(super) async fn wait_for_first_backup(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !self.has_backup() {
            anyhow::ensure!(Instant::now() < deadline, "no backup was made in time");
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    fn has_backup(&self) -> bool {
        let entries = fs::read_dir(self.backups());
        entries.is_ok_and(|entries| {
            entries
                .flatten()
                .any(|base| base.path().join("increments").is_dir())
        })
    }

    /// `catweb restore` on the data folder. What it said.
    pub(super) async fn restore(&self) -> anyhow::Result<String> {
        let (data, backups, key) = (self.data(), self.backups(), self.backup_key());
        let arguments = [
            Path::new("restore"),
            Path::new("--data-dir"),
            &data,
            Path::new("--backups"),
            &backups,
            Path::new("--backup-key"),
            &key,
        ];
        let (done, said) = catweb(arguments).await?;
        anyhow::ensure!(done, "catweb restore: {said}");
        Ok(said)
    }

    /// Removes what restores have put aside: the disk is small.
    pub(super) fn tidy(&self) -> std::io::Result<()> {
        for entry in fs::read_dir(self.data())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("replaced-") {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }

    /// `catweb check` on the data folder: whether it is whole, and what was said.
    pub(super) async fn check(&self) -> anyhow::Result<(bool, String)> {
        let data = self.data();
        catweb([Path::new("check"), Path::new("--data-dir"), &data]).await
    }

    /// The ways to the services, with the keys of the data folder.
    pub(super) fn outside(&self) -> anyhow::Result<Outside> {
        let master_key = fs::read_to_string(self.data().join("master-key"))?;
        let keys = Keys::of_folder(master_key.trim().to_owned());
        Ok(Outside::at(&self.http, |service| self.url(service), &keys))
    }

    fn url(&self, service: Service) -> String {
        let parts = PARTS.iter().zip(self.ports);
        let found = parts.into_iter().find(|(part, _)| **part == service.name());
        format!("http://127.0.0.1:{}", found.map_or(0, |(_, port)| port))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.has_disk {
            unmount(&self.disk());
        }
        if self.is_temporary {
            let _left = fs::remove_dir_all(&self.root);
        }
    }
}

/// A small disk in memory; not everybody may have one.
fn mount(place: &Path) -> bool {
    let mut command = std::process::Command::new("mount");
    command
        .args(["-t", "tmpfs", "-o", &format!("size={DISK_MIB}m"), "tmpfs"])
        .arg(place)
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn unmount(place: &Path) {
    let mut command = std::process::Command::new("umount");
    let _was_no_disk = command
        .arg("--lazy")
        .arg(place)
        .stderr(Stdio::null())
        .status();
}

/// A drill that was killed could not take its folder and its disk away; they are known by the name of a process that is no more.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process: Option<u32> = name
            .strip_prefix(TEMPORARY)
            .and_then(|pid| pid.parse().ok());
        if process.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            unmount(&entry.path().join(DISK));
            let _left = fs::remove_dir_all(entry.path());
        }
    }
}

fn signal(pid: Option<u32>, signal: Signal) {
    let pid = pid.and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // Not there any more is as good.
        let _gone = kill_process(pid, signal);
    }
}
