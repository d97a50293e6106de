//! A writer that never rests, backups that follow it, and moments to go back to: what comes back must be of one moment.

use super::catalogue::{Base, increment_path};
use super::identity::RESTORED;
use super::increment::Increment;
use super::lock::BackupLock;
use super::retention::Retention;
use super::sealed::seal;
use super::vault::VaultError;
use super::wal::CommittedPages;
use super::{BackupKey, Catalogue, RestoreReport, Restoring, Vault};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::Duration;

/// How many increments the writer is followed for.
const INCREMENTS: usize = 25;

/// A commit: its number, and when it began and was answered.
type Commit = (i64, DateTime<Utc>, DateTime<Utc>);

struct Place {
    folder: tempfile::TempDir,
    key: BackupKey,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("made");
        let (key, _) = BackupKey::of_file(&folder.path().join("key")).expect("a key");
        Self { folder, key }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    fn vault(&self, keep: usize) -> Vault {
        let retention = Retention {
            last: keep,
            hourly: 0,
            daily: 0,
            weekly: 0,
        };
        let (data, backups) = (self.data(), self.backups());
        Vault::open(&data, &backups, self.key.clone(), retention, "a test").expect("free")
    }

    fn bases(&self) -> Vec<Base> {
        Catalogue::new(&self.backups()).list().expect("read").bases
    }

    fn restore(&self, to: &Path, until: Option<DateTime<Utc>>) -> RestoreReport {
        fs::create_dir_all(to).expect("made");
        let catalogue = Catalogue::new(&self.backups());
        let restoring = Restoring {
            data_dir: to,
            catalogue: &catalogue,
            key: &self.key,
            until,
            rehearse: false,
        };
        restoring.run().expect("restored")
    }
}

fn open(path: &Path) -> Connection {
    let database = Connection::open(path).expect("opened");
    // Small checkpoints make SQLite begin its write-ahead log from the front again and again.
    let setup = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=20; PRAGMA busy_timeout=10000;
                 CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, filler BLOB)";
    database.execute_batch(setup).expect("set up");
    database
}

fn numbers(path: &Path) -> Vec<i64> {
    let database = Connection::open(path).expect("opened");
    let mut statement = database
        .prepare("SELECT n FROM t ORDER BY n")
        .expect("prepared");
    let numbers = statement.query_map([], |row| row.get(0)).expect("asked");
    numbers.collect::<Result<_, _>>().expect("read")
}

/// Writes each number to the producer's database and then to the consumer's, as fast as it can.
fn keep_writing(data: &Path, stop: Arc<AtomicBool>) -> JoinHandle<Vec<Commit>> {
    let producer = open(&data.join("mouse-trap.db"));
    let consumer = open(&data.join("cat-node.db"));
    std::thread::spawn(move || {
        let mut commits = Vec::new();
        for n in 0.. {
            if stop.load(SeqCst) {
                break;
            }
            let insert = |database: &Connection| {
                let sql = "INSERT INTO t VALUES (?1, randomblob(1500))";
                database.execute(sql, [n]).expect("written");
            };
            let began = Utc::now();
            insert(&producer);
            commits.push((n, began, Utc::now()));
            insert(&consumer);
        }
        commits
    })
}

#[test]
fn every_moment_comes_back_whole_and_exact() {
    let place = Place::new();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = keep_writing(&place.data(), stop.clone());
    let mut vault = place.vault(7);
    let mut moments = vec![vault.write_base().expect("a base").at];
    while moments.len() < INCREMENTS {
        moments.extend(vault.write_increment().expect("followed").map(|it| it.at));
    }
    stop.store(true, SeqCst);
    let commits = writer.join().expect("wrote");
    let last = vault.write_increment().expect("followed");
    moments.extend(last.map(|it| it.at));

    for (at, moment) in moments.iter().enumerate() {
        let to = place.folder.path().join(format!("restored-{at}"));
        let report = place.restore(&to, Some(*moment));
        assert_eq!(report.passed_over, Vec::<String>::new());
        let produced = numbers(&to.join("mouse-trap.db"));
        let consumed = numbers(&to.join("cat-node.db"));
        // No effect without its cause, and at most one cause whose effect is not there yet.
        assert_eq!(produced[..consumed.len()], consumed);
        assert!(produced.len() - consumed.len() <= 1);
        let answered = commits.iter().filter(|(_, _, end)| *end < report.at);
        assert!(answered.count() <= produced.len(), "lost at {moment}");
        let begun = commits.iter().filter(|(_, begin, _)| *begin <= report.at);
        assert!(begun.count() >= produced.len(), "too much at {moment}");
    }
    let end = place.restore(&place.folder.path().join("end"), None);
    assert_eq!(
        numbers(&place.folder.path().join("end/cat-node.db")).len(),
        commits.len()
    );
    assert!(end.increments >= INCREMENTS as u64 - 1);
}

#[test]
fn a_damaged_increment_ends_the_way_and_a_damaged_base_is_passed_over() {
    let place = Place::new();
    let producer = open(&place.data().join("mouse-trap.db"));
    let insert = |n: i64| {
        let sql = "INSERT INTO t VALUES (?1, NULL)";
        producer.execute(sql, [n]).expect("written");
    };
    let mut vault = place.vault(7);
    insert(1);
    vault.write_base().expect("a base");
    for n in 2..5 {
        insert(n);
        vault.write_increment().expect("followed").expect("some");
    }
    let damage = |path: &Path| {
        let mut bytes = fs::read(path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).expect("written");
    };
    let base = place.bases()[0].clone();
    damage(&base.increments()[1]);
    let to = place.folder.path().join("restored");
    let report = place.restore(&to, None);
    assert_eq!((report.increments, report.passed_over.len()), (1, 1));
    assert_eq!(numbers(&to.join("mouse-trap.db")), [1, 2]);

    let later = vault.write_base().expect("another").base.expect("a base").0;
    damage(&later.join("files/mouse-trap.db.age"));
    let report = place.restore(&to, None);
    assert_eq!(report.base, base.path);
    let kept = report.kept.expect("what was there");
    assert_eq!(numbers(&kept.join("mouse-trap.db")), [1, 2]);
}

#[test]
fn damage_that_was_backed_up_is_left_behind_and_what_was_before_it_comes_back() {
    let place = Place::new();
    let database = open(&place.data().join("mouse-trap.db"));
    let insert = |n: i64| {
        let sql = "INSERT INTO t VALUES (?1, NULL)";
        database.execute(sql, [n]).expect("written");
    };
    let mut vault = place.vault(7);
    insert(1);
    let base = vault.write_base().expect("a base").base.expect("a base").0;
    for n in 2..5 {
        insert(n);
        vault.write_increment().expect("followed").expect("some");
    }
    for (number, page) in [(4, 2), (5, 3)] {
        let mut noise = Increment::default();
        let mut bytes = [u32::to_be_bytes(page), u32::to_be_bytes(0)].concat();
        bytes.extend([0xA5; 4096]);
        let page_bytes = 4096;
        noise.add_pages("mouse-trap.db", CommittedPages { page_bytes, bytes });
        let sealed = noise.encode(number, Utc::now()).expect("small");
        let path = increment_path(&base, number);
        seal(&path, &place.key, &mut sealed.as_slice()).expect("sealed");
    }
    let to = place.folder.path().join("restored");
    let report = place.restore(&to, None);
    assert_eq!((report.increments, report.passed_over.len()), (3, 1));
    assert_eq!(numbers(&to.join("mouse-trap.db")), [1, 2, 3, 4]);
}

#[test]
fn old_bases_go_and_a_damaged_store_is_not_backed_up() {
    let place = Place::new();
    let database = open(&place.data().join("cat-node.db"));
    for n in 0..400 {
        let sql = "INSERT INTO t VALUES (?1, randomblob(500))";
        database.execute(sql, [n]).expect("written");
    }
    let mut vault = place.vault(2);
    for _ in 0..3 {
        vault.write_base().expect("a base");
    }
    assert_eq!(place.bases().len(), 2);
    drop((vault, database));
    let other = place.data().join("other");
    fs::copy(place.data().join("cat-node.db"), &other).expect("copied");
    fs::rename(&other, place.data().join("cat-node.db")).expect("replaced");
    let error = place.vault(2).write_base().expect_err("another file");
    assert!(matches!(error, VaultError::Replaced { .. }), "{error}");
    File::create(place.data().join(RESTORED)).expect("accepted");
    place.vault(2).write_base().expect("a base");
    let path = place.data().join("cat-node.db");
    let mut bytes = fs::read(&path).expect("read");
    bytes[5 * 4096..6 * 4096].fill(0xA5);
    fs::write(&path, bytes).expect("written");
    let error = place.vault(2).write_base().expect_err("damaged");
    assert!(matches!(error, VaultError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("cat-node.db"), "{error}");
    assert_eq!(place.bases().len(), 2);
}

#[test]
fn the_backup_that_leads_farthest_is_restored_not_the_newest() {
    let place = Place::new();
    let database = open(&place.data().join("cat-node.db"));
    let insert = |n: i64| {
        let sql = "INSERT INTO t VALUES (?1, NULL)";
        database.execute(sql, [n]).expect("written");
    };
    let mut follower = place.vault(7);
    insert(1);
    let followed = follower.write_base().expect("a base");
    let older = followed.base.expect("a base").0;
    // A newer base, which nothing follows.
    let later = place.backups().join("2999-01-01T00-00-00.000Z");
    insert(2);
    let middle = follower
        .write_increment()
        .expect("followed")
        .expect("some")
        .at;
    copy_base(&older, &later, middle);
    insert(3);
    follower.write_increment().expect("followed").expect("some");
    let to = place.folder.path().join("restored");
    let report = place.restore(&to, None);
    assert_eq!((report.base, report.increments), (older.clone(), 2));
    assert_eq!(numbers(&to.join("cat-node.db")), [1, 2, 3]);

    // The way of the older one ends early: the newer one leads farther now.
    fs::write(increment_path(&older, 1), "noise").expect("written");
    assert_eq!(place.restore(&to, None).base, later);
    fs::write(later.join("manifest.json"), "{").expect("written");
    let report = place.restore(&to, None);
    assert_eq!(report.base, older);
    let told = report.passed_over.join("\n");
    assert!(
        told.contains("2999-01-01T00-00-00.000Z: its manifest"),
        "{told}"
    );
}

fn copy_base(from: &Path, to: &Path, at: DateTime<Utc>) {
    fs::create_dir_all(to.join("files")).expect("made");
    for file in fs::read_dir(from.join("files")).expect("read").flatten() {
        fs::copy(file.path(), to.join("files").join(file.file_name())).expect("copied");
    }
    let manifest = fs::read(from.join("manifest.json")).expect("read");
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    manifest["at"] = serde_json::json!(at);
    fs::write(to.join("manifest.json"), manifest.to_string()).expect("written");
}

#[test]
fn a_second_backup_is_refused_and_a_folder_that_went_away_is_not_begun_anew() {
    let place = Place::new();
    drop(open(&place.data().join("cat-node.db")));
    let mut vault = place.vault(7);
    vault.write_base().expect("a base");
    let lock = BackupLock::take_within(&place.backups(), "a second", Duration::ZERO);
    let error = lock.expect_err("held").to_string();
    assert!(error.contains("a test (process"), "{error}");
    let lock = BackupLock::take_within(&place.data(), "a second", Duration::ZERO);
    lock.expect_err("held");
    let unmounted = place.folder.path().join("unmounted");
    fs::rename(place.backups(), unmounted).expect("gone");
    fs::create_dir(place.backups()).expect("the empty folder under it");
    let error = vault.write_base().expect_err("another folder");
    assert!(matches!(error, VaultError::Away(_)), "{error}");
    assert_eq!(fs::read_dir(place.backups()).expect("read").count(), 0);
}
