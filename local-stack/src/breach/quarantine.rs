//! Nobody comes in: everything is stopped, and a mark in the data folder keeps `catweb up` from starting again, whoever
//! asks it to.

use super::places::Places;
use crate::up::{DataFolder, OpenFolderError, QUARANTINED};
use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A stop in good order takes far less.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Marks the folder and stops what runs on it: in good order at first, and by force when it does not go.
pub(super) async fn close(places: &Places) -> anyhow::Result<((), String)> {
    mark(places.data_dir()).context("the data folder cannot be marked")?;
    let Some(runner) = runner_of(places.data_dir())? else {
        return Ok(((), "nothing was running; marked".to_owned()));
    };
    let children = children_of(places.data_dir())?;
    send(runner, Signal::TERM);
    if gone(places.data_dir()).await? {
        return Ok(((), format!("stopped catweb up (process {runner}); marked")));
    }
    for pid in std::iter::once(runner).chain(children) {
        send(pid, Signal::KILL);
    }
    anyhow::ensure!(
        gone(places.data_dir()).await?,
        "catweb up (process {runner}) does not end"
    );
    Ok(((), format!("killed catweb up (process {runner}); marked")))
}

/// Removes the mark. Whether there was one.
pub(super) fn lift(places: &Places) -> io::Result<bool> {
    match fs::remove_file(mark_of(places.data_dir())) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn mark(data_dir: &Path) -> io::Result<()> {
    File::create(mark_of(data_dir))?.sync_all()?;
    File::open(data_dir)?.sync_all()
}

fn mark_of(data_dir: &Path) -> PathBuf {
    data_dir.join(QUARANTINED)
}

/// Who holds the folder; its lock cannot outlive it, so the number is of nobody else.
pub(super) fn runner_of(data_dir: &Path) -> anyhow::Result<Option<u32>> {
    match DataFolder::open_to_restore(data_dir) {
        Ok(_) => Ok(None),
        Err(OpenFolderError::InUse { user, .. }) => {
            let pid = user.and_then(|pid| pid.trim().parse().ok());
            pid.map(Some)
                .context("something holds the data folder, and does not say what it is")
        }
        Err(error) => Err(error.into()),
    }
}

/// The processes that the runner started.
pub(super) fn children_of(data_dir: &Path) -> io::Result<Vec<u32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir(data_dir.join("pids"))? {
        let text = fs::read_to_string(entry?.path())?;
        pids.extend(text.trim().parse::<u32>().ok());
    }
    Ok(pids)
}

async fn gone(data_dir: &Path) -> anyhow::Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if runner_of(data_dir)?.is_none() && children_of(data_dir)?.is_empty() {
            return Ok(true);
        }
        sleep(LOOK_AGAIN).await;
    }
    // Children that were killed leave their files.
    Ok(runner_of(data_dir)?.is_none())
}

fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // Not there any more is as good.
        let _gone = kill_process(pid, signal);
    }
}
