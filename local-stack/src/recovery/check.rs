//! Whether the stores of a data folder that nobody uses are whole.

use super::stores::{BROKER, DATABASES};
use crate::broker::check_folder;
use rusqlite::{Connection, OpenFlags};
use service_chassis::telemetry::with_causes;
use std::path::Path;

/// So many faults of a database are told.
const MAX_FAULTS: usize = 5;

/// What was found of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) store: &'static str,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
}

/// Reads every page of every database, and the broker's log. Whoever runs on the folder must have stopped.
pub(crate) fn check_stores(folder: &Path) -> Vec<Finding> {
    let databases = DATABASES.into_iter().filter_map(|store| {
        let path = folder.join(store);
        let fault = path.exists().then(|| fault_of_database(&path))?;
        Some(Finding { store, fault })
    });
    let broker = folder.join(BROKER);
    let broker = broker.is_dir().then(|| Finding {
        store: BROKER,
        fault: check_folder(&broker).err().map(|error| with_causes(&error)),
    });
    databases.chain(broker).collect()
}

/// What is wrong with a database that nobody uses.
pub(super) fn fault_of_database(path: &Path) -> Option<String> {
    match faults(path) {
        Ok(faults) if faults.is_empty() => None,
        Ok(faults) => Some(faults.join("; ")),
        Err(error) => Some(error.to_string()),
    }
}

fn faults(path: &Path) -> rusqlite::Result<Vec<String>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut statement = database.prepare(&format!("PRAGMA integrity_check({MAX_FAULTS})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults: Vec<String> = lines.collect::<Result<_, _>>()?;
    faults.retain(|line| line != "ok");
    let mut statement = database.prepare("PRAGMA foreign_key_check")?;
    let orphans = statement.query_map([], |row| row.get::<_, String>(0))?;
    for table in orphans.take(MAX_FAULTS) {
        faults.push(format!("a row of {} refers to nothing", table?));
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::os::unix::fs::FileExt as _;

    #[test]
    fn a_row_that_refers_to_nothing_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cat-node.db");
        let orphan =
            "CREATE TABLE cat (id INTEGER PRIMARY KEY); CREATE TABLE paw (cat REFERENCES cat (id));
                      PRAGMA foreign_keys=OFF; INSERT INTO paw VALUES (7)";
        let database = Connection::open(&path).expect("opened");
        database.execute_batch(orphan).expect("filled");
        let fault = fault_of_database(&path).expect("a fault");
        assert!(fault.contains("a row of paw"), "{fault}");
    }

    #[test]
    fn a_page_of_noise_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cat-node.db");
        let rows = "CREATE TABLE t (x TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                    INSERT INTO t SELECT hex(randomblob(20)) FROM n";
        let database = Connection::open(&path).expect("opened");
        database.execute_batch(rows).expect("filled");
        drop(database);
        assert_eq!(check_stores(folder.path())[0].fault, None);
        let file = OpenOptions::new().write(true).open(&path).expect("open");
        file.write_all_at(&[0xA5; 4096], 3 * 4096).expect("written");
        let findings = check_stores(folder.path());
        assert_eq!(findings.len(), 1);
        assert!(findings[0].fault.is_some());
    }
}
