//! The real program as a process of its own.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

/// How often a process is asked whether it is ready.
const ASK_AGAIN: Duration = Duration::from_millis(20);

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
        let mut addresses = lines.map_while(Result::ok).filter_map(|line| {
            let line: Value = serde_json::from_str(&line).ok()?;
            Some(format!("http://{}", line["address"].as_str()?))
        });
        let url = addresses.next().expect("it says where it is");
        // Whoever stops reading a process's log would stop the process.
        std::thread::spawn(move || addresses.count());
        Self {
            child: Mutex::new(child),
            url,
            http: reqwest::Client::new(),
        }
    }

    /// Waits until it trades: the bus is never there, so only the lease counts.
    pub(crate) async fn until_ready(&self) {
        loop {
            let markets = self.http.get(format!("{}/v1/markets", self.url));
            match markets.send().await {
                Ok(answer) if answer.status().is_success() => return,
                _ => tokio::time::sleep(ASK_AGAIN).await,
            }
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
    pub(crate) fn ended_well(&self) -> bool {
        self.child.lock().unwrap().wait().unwrap().success()
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
