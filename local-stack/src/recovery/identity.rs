//! Which file a store is. A database that was deleted and begun anew has its old name, and a backup of it would take the place of
//! the backups that are needed now.

use super::stores::{BROKER, DATABASES};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// While this file is in a data folder, its stores may be other files than before: a restore put them there.
pub(super) const RESTORED: &str = "restored";

/// A file, whatever its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    inode: u64,
    /// When it was made, where the file system tells; a number may be given to another file.
    born_ns: Option<u64>,
}

/// The stores of a data folder, by their names.
pub(super) fn of_stores(data_dir: &Path) -> BTreeMap<String, Identity> {
    let databases = DATABASES.map(|name| (name, data_dir.join(name)));
    // The broker makes it once and never replaces it.
    let broker = (BROKER, data_dir.join(BROKER).join("lock"));
    let stores = databases.into_iter().chain([broker]);
    let identified = stores.filter_map(|(name, path): (&str, PathBuf)| {
        let file = fs::metadata(path).ok()?;
        let born = file.created().ok();
        let born = born.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let identity = Identity {
            inode: file.ino(),
            born_ns: born.and_then(|since| u64::try_from(since.as_nanos()).ok()),
        };
        Some((name.to_owned(), identity))
    });
    identified.collect()
}
