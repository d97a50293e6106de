//! What in a data folder is worth a backup. Logs and process ids are not.

use std::path::{Path, PathBuf};

/// The services' databases.
pub(super) const DATABASES: [&str; 3] = ["mouse-trap.db", "cadaver-exchange.db", "cat-node.db"];
/// Small files that are written whole: the master key, and what the demo remembers.
pub(super) const SMALL_FILES: [&str; 2] = ["master-key", "demo.json"];
/// The broker's folder.
pub(super) const BROKER: &str = "broker";
/// What SQLite keeps beside a database; of no use beside another copy of it.
const DATABASE_COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The file beside a database.
pub(super) fn beside(database: &Path, companion: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(companion);
    name.into()
}

/// Everything in a data folder that a restore replaces.
pub(super) fn everything() -> Vec<PathBuf> {
    let whole = [BROKER].into_iter().chain(SMALL_FILES);
    let mut names: Vec<PathBuf> = whole.map(PathBuf::from).collect();
    for database in DATABASES.map(Path::new) {
        names.push(database.to_owned());
        names.extend(DATABASE_COMPANIONS.map(|companion| beside(database, companion)));
    }
    names
}

/// The segments of a broker's log, in order.
pub(super) fn segments(broker: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(broker)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
