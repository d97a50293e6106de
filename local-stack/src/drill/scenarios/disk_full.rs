//! The disk is full: what cannot be stored must not be acknowledged, and all goes on when there is space again.

use super::trial::{Notes, Played, Trial};
use crate::drill::load::Load;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// So long nothing can be written.
const FULL: Duration = Duration::from_secs(1);
/// When nothing is acknowledged for so long, it is because nothing can be stored.
const QUIET: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(60);
const BLOCK_BYTES: usize = 4096;

pub(super) async fn play(trial: &mut Trial<'_>) -> anyhow::Result<Played> {
    if !trial.scratch.has_disk() {
        return Ok(Played::LeftOut(
            "it needs a disk of its own, and this user may not mount one (a tmpfs)",
        ));
    }
    let mut notes = Notes::begin(trial.screen);
    let filler = trial.scratch.disk().join("filler");
    let filled = fill(&filler)?;
    notes.note(format!("the disk is full ({} MiB of filler)", filled >> 20));
    let taken = until_refused(trial.load).await?;
    notes.note(format!(
        "nothing is acknowledged any more; {taken} catches found room in files that had it"
    ));
    sleep(FULL).await;
    fs::remove_file(&filler)?;
    notes.note("there is space again");
    if !trial.scratch.runs() || trial.scratch.wait_until_ready().await.is_err() {
        trial.scratch.stop().await;
        notes.note("catweb up had given up");
        trial.scratch.start().await?;
    }
    let acknowledged = trial.load.wait_for_another().await?;
    notes.note("everything is ready, and catches are taken");
    Ok(notes.recovered(acknowledged))
}

/// Waits until catches are taken no more. How many were taken before.
async fn until_refused(load: &Load) -> anyhow::Result<usize> {
    let before = load.acknowledged().len();
    let deadline = Instant::now() + PATIENCE;
    let mut last = before;
    loop {
        sleep(QUIET).await;
        let now = load.acknowledged().len();
        if now == last {
            return Ok(now - before);
        }
        anyhow::ensure!(Instant::now() < deadline, "a full disk refuses nothing");
        last = now;
    }
}

/// Writes until nothing more can be written. How much it was.
fn fill(path: &Path) -> io::Result<usize> {
    let mut file = File::create(path)?;
    let (block, mut written) = ([0xAA; BLOCK_BYTES], 0);
    loop {
        match file.write(&block) {
            Ok(bytes) => written += bytes,
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(written),
            Err(error) => return Err(error),
        }
    }
}
