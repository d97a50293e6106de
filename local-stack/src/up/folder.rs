//! The data folder: who may use it, and what lies where in it.

use crate::recovery::UNDER_WAY;
use rand::random;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Only this user may read a secret.
const SECRET_MODE: u32 = 0o600;
/// Nobody starts on a data folder with this file in it.
pub(crate) const QUARANTINED: &str = "quarantined";
/// A master key is 256 random bits.
const MASTER_KEY_BYTES: usize = 32;

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenFolderError {
    #[error(
        "catweb already runs on the data folder {}{}: use that one, stop it, or name another folder with --data-dir",
        folder.display(),
        user.as_deref().map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    InUse {
        folder: PathBuf,
        user: Option<String>,
    },
    #[error(
        "the data folder {} cannot be written to ({source}): make it writable, or name another one with --data-dir",
        folder.display()
    )]
    Unwritable { folder: PathBuf, source: io::Error },
    #[error(
        "a restore of the data folder {} was interrupted: run catweb restore again",
        .0.display()
    )]
    HalfRestored(PathBuf),
    #[error(
        "the data folder {} is in quarantine since a breach: see the report of catweb breach, and lift it with catweb breach --lift",
        .0.display()
    )]
    Quarantined(PathBuf),
}

/// A data folder, held by this process until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataFolder {
    root: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Creates the folder if need be, and takes it.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenFolderError> {
        let folder = Self::open_in_quarantine(path)?;
        match folder.root.join(QUARANTINED).exists() {
            true => Err(OpenFolderError::Quarantined(folder.root)),
            false => Ok(folder),
        }
    }

    /// The same for whoever answers a breach.
    pub(crate) fn open_in_quarantine(path: &Path) -> Result<Self, OpenFolderError> {
        let folder = Self::open_to_restore(path)?;
        match folder.root.join(UNDER_WAY).exists() {
            true => Err(OpenFolderError::HalfRestored(folder.root)),
            false => Ok(folder),
        }
    }

    /// The same for whoever puts it in order.
    pub(crate) fn open_to_restore(path: &Path) -> Result<Self, OpenFolderError> {
        let unwritable = |source| OpenFolderError::Unwritable {
            folder: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(unwritable)?;
        let root = path.canonicalize().map_err(unwritable)?;
        let lock = lock(&root)?;
        for name in ["logs", "pids"] {
            fs::create_dir_all(root.join(name)).map_err(unwritable)?;
        }
        Ok(Self { root, _lock: lock })
    }

    /// Where it is, from the root of the file system.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The broker's own folder.
    pub(super) fn broker(&self) -> PathBuf {
        self.root.join("broker")
    }

    /// A service's database.
    pub(super) fn database_url(&self, service: &str) -> String {
        let path = self.root.join(format!("{service}.db"));
        format!("sqlite://{}", path.display())
    }

    /// A child's log.
    pub(super) fn log(&self, child: &str) -> PathBuf {
        self.root.join("logs").join(format!("{child}.log"))
    }

    /// Where tools find a child's process id.
    pub(super) fn pid_file(&self, child: &str) -> PathBuf {
        self.root.join("pids").join(format!("{child}.pid"))
    }

    /// What the demo remembers.
    pub(super) fn demo(&self) -> PathBuf {
        self.root.join("demo.json")
    }

    /// The folder's master key, made the first time.
    pub(crate) fn master_key(&self) -> io::Result<String> {
        let path = self.root.join("master-key");
        match fs::read_to_string(&path) {
            Ok(key) if !key.trim().is_empty() => return Ok(key.trim().to_owned()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let key: String = random::<[u8; MASTER_KEY_BYTES]>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        write_secret(&path, key.as_bytes())?;
        Ok(key)
    }
}

fn lock(root: &Path) -> Result<File, OpenFolderError> {
    let unwritable = |source| OpenFolderError::Unwritable {
        folder: root.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(root.join("catweb.lock"))
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut user = String::new();
            let user = file.read_to_string(&mut user).ok().map(|_| user);
            return Err(OpenFolderError::InUse {
                folder: root.to_owned(),
                user: user.filter(|pid| !pid.is_empty()),
            });
        }
        Err(TryLockError::Error(source)) => return Err(unwritable(source)),
    }
    file.set_len(0)
        .and_then(|()| file.write_all(std::process::id().to_string().as_bytes()))
        .map_err(unwritable)?;
    Ok(file)
}

/// Writes the file whole or not at all, for this user's eyes only.
pub(crate) fn write_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let half_written = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(SECRET_MODE)
        .open(&half_written)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(half_written, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn one_runner_per_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(place.path()).expect("free");
        let error = DataFolder::open(place.path())
            .expect_err("in use")
            .to_string();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        DataFolder::open(place.path()).expect("free again");
    }

    #[test]
    fn the_master_key_is_made_once_and_kept_secret() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = DataFolder::open(place.path()).expect("free");
        let key = folder.master_key().expect("made");
        assert_eq!(key.len(), 2 * MASTER_KEY_BYTES);
        assert_eq!(folder.master_key().expect("kept"), key);
        let mode = fs::metadata(folder.root().join("master-key")).expect("there");
        assert_eq!(mode.permissions().mode() & 0o777, SECRET_MODE);
    }

    #[test]
    fn a_file_in_the_way_is_said() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("file");
        fs::write(&file, "").expect("written");
        let error = DataFolder::open(&file).expect_err("refused").to_string();
        assert!(error.contains("--data-dir"), "{error}");
    }
}
