//! A live parse-server, started by `tests/differential/parse-server.js` from the folder that the environment names.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};
use tempfile::{NamedTempFile, TempDir};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::scenario::folder;

const READY_WITHIN: Duration = Duration::from_secs(60);
const ENDED_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct ParseServer {
    pub(super) address: String,
    child: Child,
    stdin: Option<ChildStdin>,
    /// Where it writes its logs.
    _folder: TempDir,
}

impl ParseServer {
    /// Starts one on a database of its own.
    pub(super) async fn start(install: &str, options: &Map<String, Json>, database: &str) -> Self {
        let mut options = options.clone();
        options.insert("databaseURI".to_owned(), json!(database));
        let file = NamedTempFile::new().unwrap();
        serde_json::to_writer(file.as_file(), &options).unwrap();
        let own_folder = tempfile::tempdir().unwrap();
        let log = NamedTempFile::new().unwrap();
        let mut child = Command::new("node")
            .arg(folder().join("parse-server.js"))
            .arg(file.path())
            .env("NODE_PATH", Path::new(install).join("node_modules"))
            .current_dir(own_folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let ready = tokio::time::timeout(READY_WITHIN, ready_port(&mut child)).await;
        let port = ready.ok().flatten().unwrap_or_else(|| {
            let log = std::fs::read_to_string(log.path()).unwrap();
            panic!("parse-server did not start with {}:\n{log}", json!(options))
        });
        Self {
            address: format!("127.0.0.1:{port}"),
            child,
            stdin,
            _folder: own_folder,
        }
    }

    /// It drops its database when its input closes.
    pub(super) async fn stop(mut self) {
        drop(self.stdin.take());
        let ended = tokio::time::timeout(ENDED_WITHIN, self.child.wait()).await;
        ended.expect("parse-server did not end in time").unwrap();
    }
}

/// What it prints before its ready line are warnings; what it prints after it is read so that it never blocks.
async fn ready_port(child: &mut Child) -> Option<u64> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let ready: Option<Json> = serde_json::from_str(&line).ok();
        if let Some(port) = ready.and_then(|ready| ready["port"].as_u64()) {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(port);
        }
    }
    None
}
