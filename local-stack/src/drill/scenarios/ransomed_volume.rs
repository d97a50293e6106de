//! Somebody overwrites every file of the data folder and renames it, and everything crashes. What lies elsewhere, the
//! backups and their key, is not reached.

use super::restoring;
use super::trial::{Notes, Played, Trial};
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const EXTENSION: &str = "locked";
/// So much of a file is encrypted.
const MOST_BYTES: u64 = 1024 * 1024;

pub(super) async fn play(trial: &mut Trial<'_>) -> anyhow::Result<Played> {
    let children = trial.scratch.children()?;
    let mut notes = Notes::begin(trial.screen);
    let data = trial.scratch.data();
    let master_key = fs::read(data.join("master-key"))?;
    let files = ransom(&data, &rand::random())?;
    notes.note(format!("{files} files of the volume were encrypted"));
    trial.scratch.kill_all(&children).await;
    notes.note("everything crashed");
    let played = restoring::restore(trial, notes, false).await?;
    let restored = fs::read(data.join("master-key"))?;
    anyhow::ensure!(restored == master_key, "the master key is another one");
    Ok(played)
}

fn ransom(folder: &Path, key: &[u8; 32]) -> io::Result<usize> {
    // All names first: what is renamed would come again.
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut files = 0;
    for path in entries.into_iter().map(|entry| entry.path()) {
        if path.is_dir() {
            files += ransom(&path, key)?;
            continue;
        }
        encrypt(&path, key)?;
        let mut name = path.clone().into_os_string();
        name.push(format!(".{EXTENSION}"));
        fs::rename(&path, name)?;
        files += 1;
    }
    Ok(files)
}

/// In place, as those do who are in a hurry: the beginning of a file is enough.
fn encrypt(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut bytes = Vec::new();
    (&file).take(MOST_BYTES).read_to_end(&mut bytes)?;
    for (byte, key) in bytes.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
    file.write_all_at(&bytes, 0)
}
