//! cat-node, as it is shipped, on a SQLite file.

use crate::contestant::Contestant;
use crate::parse::{APPLICATION_ID, MASTER_KEY, ParseServer};
use crate::process::{Process, free_port};
use std::process::Command;

pub(crate) async fn start() -> Contestant {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let port = free_port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cat-node"));
    command
        .env("DATABASE_URL", format!("sqlite://{}", folder.path().join("cats.db").display()))
        .env("CAT_NODE__HTTP__PORT", port.to_string())
        .env("PARSE_SERVER_APPLICATION_ID", APPLICATION_ID)
        .env("PARSE_SERVER_MASTER_KEY", MASTER_KEY)
        // Nobody listens there: the Parse protocol does not need the bus.
        .env("PUBSUB_EMULATOR_HOST", "127.0.0.1:1");
    let process = Process::start(&mut command, port);
    let base = format!("http://127.0.0.1:{port}");
    let works = ParseServer::at(format!("{base}/parse")).prepare().await;
    Contestant {
        name: "cat-node",
        base,
        works,
        process,
        _database: None,
        folder,
    }
}
