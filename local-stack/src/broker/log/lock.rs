//! One broker per data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Holds the folder until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockFolderError {
    /// Another broker has it.
    #[error(
        "another broker uses the data folder {0}: stop it, or give this one a folder of its own with --data-dir"
    )]
    InUse(PathBuf),
    /// It cannot be created or written to.
    #[error(
        "the data folder {folder} cannot be written to ({source}): make it writable, or name another with --data-dir"
    )]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderLock {
    /// Creates the folder if need be and locks it.
    ///
    /// # Errors
    /// See [`LockFolderError`].
    pub(crate) fn take(folder: &Path) -> Result<Self, LockFolderError> {
        let unwritable = |source| LockFolderError::Unwritable {
            folder: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockFolderError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(unwritable(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_broker_is_refused_until_the_first_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = FolderLock::take(folder.path()).expect("free");
        assert!(matches!(
            FolderLock::take(folder.path()),
            Err(LockFolderError::InUse(_))
        ));
        drop(first);
        FolderLock::take(folder.path()).expect("free again");
    }
}
