//! A disk that forgets: noise in the middle of the exchange's database, and then a crash.

use super::restoring;
use super::trial::{Notes, Played, Trial};
use rusqlite::Connection;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const DATABASE: &str = "cadaver-exchange.db";
const PAGE_BYTES: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(super) async fn play(trial: &mut Trial<'_>) -> anyhow::Result<Played> {
    let path = trial.scratch.data().join(DATABASE);
    trial.load.rest();
    let written = settle_into_the_file(&path).await;
    trial.load.go_on();
    written?;
    let mut notes = Notes::begin(trial.screen);
    let file = OpenOptions::new().write(true).open(&path)?;
    let pages = file.metadata()?.len() / PAGE_BYTES as u64;
    anyhow::ensure!(pages > 2, "{DATABASE} has only {pages} pages");
    // Every second page after the first.
    let damaged: Vec<u64> = (1..pages).step_by(2).collect();
    for page in &damaged {
        let noise: [u8; PAGE_BYTES] = rand::random();
        file.write_all_at(&noise, page * PAGE_BYTES as u64)?;
    }
    notes.note(format!(
        "{} of {pages} pages of {DATABASE} are noise",
        damaged.len()
    ));
    trial.scratch.kill("cadaver-exchange")?;
    notes.note("cadaver-exchange was killed");
    restoring::restore(trial, notes, true).await
}

/// Moves everything out of the write-ahead log into the database's file, where it has been for long on other days.
async fn settle_into_the_file(path: &Path) -> anyhow::Result<()> {
    let database = Connection::open(path)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = database.query_row(checkpoint, [], |row| row.get(0))?;
        if busy == 0 {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < deadline, "{DATABASE} is always in use");
        sleep(LOOK_AGAIN).await;
    }
}
