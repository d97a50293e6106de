//! The real program as a process of its own.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

/// How often a process is asked whether it is ready.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// How long a test waits for a process before it says what it waited for: far longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running cadaver-exchange.
pub(crate) struct Process {
    child: Mutex<Child>,
    pub(crate) url: String,
    http: reqwest::Client,
}

impl Process {
    pub(crate) fn start(database: &Path) -> Self {
        Self::start_on(&format!("sqlite://{}", database.display()), &[])
    }

    pub(crate) fn start_on(database: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cadaver-exchange"))
            .env("DATABASE_URL", database)
            .env("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
            .env("CADAVER_EXCHANGE__HTTP__PORT", "0")
            .env("CADAVER_EXCHANGE__HTTP__DRAIN_MS", "0")
            .env("CADAVER_EXCHANGE__HTTP__SHUTDOWN_DEADLINE_S", "1")
            .env("CADAVER_EXCHANGE__RELAY__FLUSH_DEADLINE_MS", "1")
            .env("CADAVER_EXCHANGE__LOG__FORMAT", "json")
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let addresses = lines.map_while(Result::ok).filter_map(|line| {
            let line: Value = serde_json::from_str(&line).ok()?;
            Some(format!("http://{}", line["address"].as_str()?))
        });
        let (tell, told) = mpsc::channel();
        // Whoever stops reading a process's log would stop the process, so it is read on when nobody listens any more.
        std::thread::spawn(move || addresses.for_each(|address| drop(tell.send(address))));
        let url = told.recv_timeout(PATIENCE);
        let url = url.unwrap_or_else(|error| {
            let ended = child.try_wait().unwrap();
            panic!("waited for a process to say where it is: {error}; it ended with {ended:?}")
        });
        let http = reqwest::Client::builder().timeout(PATIENCE).build();
        Self {
            child: Mutex::new(child),
            url,
            http: http.unwrap(),
        }
    }

    /// Waits until it trades: the bus is never there, so only the lease counts.
    pub(crate) async fn until_ready(&self) {
        let began = Instant::now();
        loop {
            let markets = self.http.get(format!("{}/v1/markets", self.url));
            let last = match markets.send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.to_string(),
            };
            let ended = self.child.lock().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "waited {:?} until {} trades; it answered {last:?} and ended with {ended:?}",
                began.elapsed(),
                self.url
            );
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    /// The status of the answer; zero if there is none.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> u16 {
        self.post_soon(path, token, body).await
    }

    /// Sends at once, and gives the status when it comes.
    pub(crate) fn post_soon(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> impl Future<Output = u16> + use<> {
        let request = self.http.post(format!("{}{path}", self.url));
        let sent = tokio::spawn(request.bearer_auth(token).json(body).send());
        async move {
            let answer = sent.await.unwrap();
            answer.map_or(0, |answer| answer.status().as_u16())
        }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url));
        let answer = request.bearer_auth(token).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.lock().unwrap().id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end by itself.
    pub(crate) async fn ended_well(&self) -> bool {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.lock().unwrap().try_wait().unwrap() {
                return status.success();
            }
            assert!(
                began.elapsed() < PATIENCE,
                "waited {PATIENCE:?} until {} ends by itself; it still runs",
                self.url
            );
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    pub(crate) fn kill(self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Process {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
