//! Backups as a user makes them: while everything runs, and back on a folder that is gone.

use super::runner::{Place, eventually, sample};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Captures of the sample.
const CAPTURES: i64 = 161;

fn catweb(command: &str, place: &Place, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catweb"))
        .args([command, "--data-dir"])
        .arg(place.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn captures(database: &Path) -> i64 {
    let database = Connection::open(database).unwrap();
    let count = database.query_row("SELECT count(*) FROM captures", [], |row| row.get(0));
    count.unwrap()
}

#[test]
fn a_folder_that_is_gone_comes_back_and_catweb_starts_on_it() {
    let place = Place::new();
    let mut runner = place.start(&["--no-demo", "--replay", &sample()]);
    runner.until("Parse Capture objects");
    let backup = catweb("backup", &place, &[]);
    assert!(backup.status.success(), "{}", said(&backup));
    let refused = catweb("restore", &place, &[]);
    assert!(
        said(&refused).contains("already runs"),
        "{}",
        said(&refused)
    );
    runner.stop();
    assert_eq!(captures(&place.path().join("mouse-trap.db")), CAPTURES);
    std::fs::remove_dir_all(place.path()).unwrap();

    let rehearsal = catweb("restore", &place, &["--rehearse"]);
    assert!(
        said(&rehearsal).contains("all is whole"),
        "{}",
        said(&rehearsal)
    );
    assert!(!place.path().join("mouse-trap.db").exists());
    let restored = catweb("restore", &place, &[]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(captures(&place.path().join("mouse-trap.db")), CAPTURES);
    assert!(catweb("check", &place, &[]).status.success());
    let listed = catweb("restore", &place, &["--list"]);
    assert!(said(&listed).contains("1 backups in"), "{}", said(&listed));

    let mut runner = place.start(&["--no-demo"]);
    runner.until_ready();
    let (status, told) = runner.stop();
    assert!(status.success(), "{told}");
}

#[test]
fn backups_that_fail_are_seen_and_a_second_one_is_told_of_the_first() {
    let place = Place::new();
    let backups = place.path().with_file_name("backups");
    let folder = backups.to_str().unwrap().to_owned();
    let options = ["--no-demo", "--backup-every-ms=50", "--backups", &folder];
    let mut runner = place.start(&options);
    runner.until("lies beside the backups");
    runner.until_ready();
    runner.until(&folder);
    eventually(|| newest(&backups));
    let second = catweb("backup", &place, &["--backups", &folder]);
    assert_eq!(second.status.code(), Some(1));
    let told = said(&second);
    assert!(told.contains("catweb backup --follow (process"), "{told}");

    let away = backups.with_file_name("away");
    std::fs::rename(&backups, &away).unwrap();
    runner.until("no backup, the last one is as of");
    std::fs::rename(&away, &backups).unwrap();
    runner.until("backups are made again");
    std::fs::rename(&backups, &away).unwrap();
    let (status, told) = runner.stop();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains("the last backup was not made"), "{told}");

    std::fs::rename(&away, &backups).unwrap();
    let mut runner = place.start(&options);
    runner.until("backed up until");
    let (status, told) = runner.stop();
    assert!(status.success(), "{told}");
    let base = newest(&backups).unwrap();
    std::fs::write(base.join("manifest.json"), "{").unwrap();
    let listed = said(&catweb(
        "restore",
        &place,
        &["--list", "--backups", &folder],
    ));
    assert!(listed.contains("its manifest cannot be read"), "{listed}");
}

/// The newest base.
fn newest(backups: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(backups).ok()?.flatten();
    let bases = entries.map(|entry| entry.path());
    bases
        .filter(|base| base.join("manifest.json").exists())
        .max()
}

#[test]
fn backups_that_could_never_be_made_stop_the_start() {
    let place = Place::new();
    let beside = |name: &str| place.path().with_file_name(name).display().to_string();
    let (backups, blocked) = (beside("backups"), beside("file"));
    std::fs::write(&blocked, "").unwrap();
    let key = format!("{blocked}/key");
    let refused = |options: &[&str], named: &str| {
        let (status, told) = place.start(options).end();
        assert_eq!(status.code(), Some(1), "{told}");
        assert!(told.contains(named) && !told.contains("running"), "{told}");
    };
    refused(
        &["--backups", &backups, "--backup-key", &key],
        "--backup-key",
    );
    refused(&["--backups", &blocked], &blocked);
    refused(&["--keep-daily", "30"], "--backups");
    let short = ["--backups", &backups, "--backup-every-ms", "5"];
    let told = said(&catweb("up", &place, &short));
    assert!(told.contains("--backup-every-ms"), "{told}");
}
