//! cat-node as a process that can be killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Client, Method};
use serde_json::Value as Json;

const APPLICATION_ID: &str = "cats";
const MASTER_KEY: &str = "nine-lives";

/// A running cat-node; killed when it is dropped.
pub(super) struct Process {
    child: Child,
    pub(super) address: Address,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where it answers, also to those who do not know whether it still lives.
#[derive(Clone)]
pub(super) struct Address {
    client: Client,
    url: String,
}

impl Process {
    pub(super) fn start(database: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cat-node"))
            .env("DATABASE_URL", format!("sqlite://{}", database.display()))
            .env("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
            .env("PARSE_SERVER_APPLICATION_ID", APPLICATION_ID)
            .env("PARSE_SERVER_MASTER_KEY", MASTER_KEY)
            .env("CAT_NODE__HTTP__PORT", "0")
            .env("CAT_NODE__HTTP__DRAIN_MS", "0")
            .env("CAT_NODE__LOG__FORMAT", "json")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut addresses = lines.map_while(Result::ok).filter_map(|line| {
            let line: Json = serde_json::from_str(&line).ok()?;
            Some(format!("http://{}/parse", line["address"].as_str()?))
        });
        let url = addresses.next().expect("it says where it is");
        // Whoever stops reading a process's log would stop the process.
        std::thread::spawn(move || addresses.count());
        let client = Client::new();
        Self {
            child,
            address: Address { client, url },
        }
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: &Json) -> Option<Json> {
        self.address.send(method, path, body).await
    }
}

impl Address {
    /// The answer; `None` when there was none, because the process is gone. A refusal fails the test.
    pub(super) async fn send(&self, method: Method, path: &str, body: &Json) -> Option<Json> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("X-Parse-Application-Id", APPLICATION_ID)
            .header("X-Parse-Master-Key", MASTER_KEY);
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await.ok()?;
        let status = response.status();
        let text = response.text().await.ok()?;
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).ok()
    }
}
