//! Backups as a user makes them: while everything runs, and back on a folder that is gone.

use super::runner::{Place, sample};
use rusqlite::Connection;
use std::path::Path;
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
