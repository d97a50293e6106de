//! parse-server on PostgreSQL, both on loopback.

use crate::contestant::Contestant;
use crate::parse::{APPLICATION_ID, MASTER_KEY, ParseServer};
use crate::postgresql;
use crate::process::{Process, free_port};
use std::path::Path;
use std::process::Command;

/// `scripts/parse-server.sh install` says what to set.
const FOLDER: &str = "CATWEB_TEST_PARSE_SERVER";

pub(crate) async fn start() -> Option<Contestant> {
    let package = std::env::var(FOLDER).ok()?;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (database, database_url) = postgresql::start(folder.path())?;
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let mut command = Command::new("node");
    command
        .arg(Path::new(&package).join("node_modules/parse-server/bin/parse-server"))
        .current_dir(folder.path())
        .env("NODE_ENV", "production")
        .env("PORT", port.to_string())
        .env("PARSE_SERVER_HOST", "127.0.0.1")
        .env("PARSE_SERVER_APPLICATION_ID", APPLICATION_ID)
        .env("PARSE_SERVER_MASTER_KEY", MASTER_KEY)
        .env("PARSE_SERVER_URL", format!("{base}/parse"))
        .env("PARSE_SERVER_DATABASE_URI", database_url)
        .env("SILENT", "1");
    let process = Process::start(&mut command, port);
    let works = ParseServer::at(format!("{base}/parse")).prepare().await;
    Some(Contestant {
        name: "parse-server 9.10",
        base,
        works,
        process,
        _database: Some(database),
        folder,
    })
}
