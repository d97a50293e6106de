//! A service of the program of before or of now.

use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Far longer than anything here takes.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);
/// The exchange's own default, which the program of before did not have yet.
const EXCHANGE_DRAIN_MS: &str = "500";
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// All that a service needs to know of its surroundings.
pub(super) struct Surroundings<'a> {
    pub(super) folder: &'a Path,
    pub(super) broker: u16,
}

/// A running process.
pub(super) struct Process {
    child: Child,
    pub(super) url: String,
}

impl Process {
    /// The broker.
    pub(super) fn broker(program: &Path, at: &Surroundings<'_>) -> Self {
        let mut command = Command::new(program);
        command
            .args(["broker", "--port", &at.broker.to_string(), "--data-dir"])
            .arg(at.folder.join("broker"));
        Self::spawn(command, at, "broker", at.broker)
    }

    /// A service on its database.
    pub(super) fn service(program: &Path, at: &Surroundings<'_>, service: &str, port: u16) -> Self {
        let database = at.folder.join(format!("{service}.db"));
        let prefix = service.to_uppercase().replace('-', "_");
        let mut command = Command::new(program);
        command
            .arg(service)
            .env("DATABASE_URL", format!("sqlite://{}", database.display()))
            .env("PUBSUB_EMULATOR_HOST", format!("127.0.0.1:{}", at.broker))
            .env("GOOGLE_CLOUD_PROJECT", "catweb-upgrade")
            .env("PARSE_SERVER_APPLICATION_ID", "catweb")
            .env("PARSE_SERVER_MASTER_KEY", "upgrade")
            .env("PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION", "true")
            .env("CADAVER_EXCHANGE__HTTP__DRAIN_MS", EXCHANGE_DRAIN_MS)
            .env(format!("{prefix}__HTTP__PORT"), port.to_string());
        Self::spawn(command, at, service, port)
    }

    fn spawn(mut command: Command, at: &Surroundings<'_>, name: &str, port: u16) -> Self {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(at.folder.join(format!("{name}.log")))
            .unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    pub(super) async fn until_ready(&mut self) {
        self.until("/readyz").await;
    }

    /// Until it is there, whether it can work or not.
    pub(super) async fn until_answering(&mut self) {
        self.until("/livez").await;
    }

    async fn until(&mut self, path: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !answers(&self.url, path).await {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended: {ended:?}", self.url);
            assert!(Instant::now() < deadline, "{} is never ready", self.url);
            sleep(LOOK_AGAIN).await;
        }
    }

    /// SIGTERM, and its end.
    pub(super) async fn stop(mut self) -> ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{} does not stop", self.url);
            sleep(LOOK_AGAIN).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Whether a service says that it can work.
pub(super) async fn is_ready(url: &str) -> bool {
    answers(url, "/readyz").await
}

async fn answers(url: &str, path: &str) -> bool {
    let asked = reqwest::get(format!("{url}{path}")).await;
    asked.is_ok_and(|answer| answer.status().is_success())
}
