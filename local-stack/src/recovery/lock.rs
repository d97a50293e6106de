//! One writer of backups at a time, for a data folder and for a folder of backups. The lock is the kernel's, so that it goes
//! with its process however that ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The file that is locked; it says by whom.
const FILE: &str = "backup.lock";
/// A backup that was asked to stop, or whose runner was killed, ends in less.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The lock is not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupLockError {
    #[error(
        "{holder} works on {}: let it do the work, or stop it first; two at once would spoil each other's",
        folder.display()
    )]
    Held { folder: PathBuf, holder: String },
    #[error("{} cannot be used: make it writable, or name another folder", folder.display())]
    Io { folder: PathBuf, source: io::Error },
}

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct BackupLock {
    path: PathBuf,
    file: File,
}

impl BackupLock {
    /// Takes the lock of a folder, and waits a little for whoever is about to end. `who` is what others are told.
    pub(crate) fn take(folder: &Path, who: &str) -> Result<Self, BackupLockError> {
        Self::take_within(folder, who, PATIENCE)
    }

    pub(super) fn take_within(
        folder: &Path,
        who: &str,
        patience: Duration,
    ) -> Result<Self, BackupLockError> {
        let unusable = |source| BackupLockError::Io {
            folder: folder.to_owned(),
            source,
        };
        let path = folder.join(FILE);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let mut file = options.open(&path).map_err(unusable)?;
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(unusable(source)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(LOOK_AGAIN),
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    file.read_to_string(&mut holder).map_err(unusable)?;
                    let folder = folder.to_owned();
                    return Err(BackupLockError::Held { folder, holder });
                }
            }
        }
        let told = format!("{who} (process {})", std::process::id());
        file.set_len(0)
            .and_then(|()| file.write_all(told.as_bytes()))
            .map_err(unusable)?;
        Ok(Self { path, file })
    }

    /// Whether the folder is still the one that was locked: a disk that was unmounted leaves an empty one.
    pub(super) fn is_in_place(&self) -> io::Result<bool> {
        let named = match fs::metadata(&self.path) {
            Ok(named) => named,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let held = self.file.metadata()?;
        Ok((named.dev(), named.ino()) == (held.dev(), held.ino()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_other_is_told_who() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = BackupLock::take(folder.path(), "catweb backup --follow").expect("free");
        let second = BackupLock::take_within(folder.path(), "catweb backup", Duration::ZERO);
        let error = second.expect_err("held").to_string();
        let process = format!("catweb backup --follow (process {})", std::process::id());
        assert!(error.contains(&process), "{error}");
        assert!(first.is_in_place().expect("there"));
        fs::remove_file(folder.path().join(FILE)).expect("removed");
        assert!(!first.is_in_place().expect("asked"));
        drop(first);
        BackupLock::take(folder.path(), "catweb backup").expect("free again");
    }
}
