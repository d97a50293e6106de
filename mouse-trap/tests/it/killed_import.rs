//! The importer as a process, killed with SIGKILL again and again in the middle of its work.

use mouse_trap::storage::sqlite::SqliteStorage;
use serde_json::Value;
use shared_events::EventData as _;
use shared_events::events::mouse_trap::RodentCaught;
use shared_events::outbox::Outbox as _;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Ten writes of the importer, and a progress line after each.
const LINES: usize = 10_000;
/// Of six lines one is an empty trap.
const CAPTURES: usize = LINES - LINES.div_ceil(6);

fn write_record(folder: &Path) {
    let mut record = "Record_ID,mo,dy,yr,plot,stake,species,sex,wgt\n".to_owned();
    for number in 0..LINES {
        let species = ["", "PP", "DM", "PP", "DM", "PP"][number % 6];
        writeln!(
            record,
            "{},7,16,1977,{},{},{species},F,20",
            number + 1,
            number % 24 + 1,
            number % 49 + 11
        )
        .unwrap();
    }
    std::fs::write(folder.join("Portal_rodent.csv"), record).unwrap();
    let species = "speciescode,scientificname,commonname,rodent\nDM,Dipodomys merriami,Merriam's kangaroo rat,1\n\
        PP,Chaetodipus penicillatus,Desert pocket mouse,1\n";
    std::fs::write(folder.join("Portal_rodent_species.csv"), species).unwrap();
}

fn importer(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mouse-trap"));
    command
        .args(["import", "portal", "--json", "--hunter", "tom"])
        .arg(folder.join("Portal_rodent.csv"))
        .env(
            "DATABASE_URL",
            format!("sqlite://{}", folder.join("mouse-trap.db").display()),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Kills an importer when it has told of its progress so often.
fn run_and_kill(folder: &Path, told: usize) {
    let mut child = importer(folder).spawn().unwrap();
    let progress = BufReader::new(child.stderr.take().unwrap()).lines();
    let heard = progress
        .map_while(Result::ok)
        .filter(|line| line.ends_with("lines"))
        .take(told)
        .count();
    assert_eq!(heard, told, "it lives until it is killed");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_killed_importer_loses_nothing_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_record(folder.path());
    for told in [1, 4, 7, 9] {
        run_and_kill(folder.path(), told);
    }
    let output = importer(folder.path()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&summary["rows"], &summary["captures"]),
        (&LINES.into(), &CAPTURES.into())
    );

    let storage = SqliteStorage::open(&folder.path().join("mouse-trap.db")).unwrap();
    let pending = storage.outbox().pending(10 * LINES).await.unwrap();
    let caught = pending
        .iter()
        .filter(|pending| pending.event.event_type == RodentCaught::TYPE);
    let captures: Vec<String> = caught
        .map(|pending| {
            serde_json::from_str::<RodentCaught>(&pending.event.data)
                .unwrap()
                .capture
                .into_string()
        })
        .collect();
    assert_eq!(captures.len(), CAPTURES);
    assert_eq!(captures.iter().collect::<HashSet<_>>().len(), CAPTURES);
    let places: HashSet<_> = pending
        .iter()
        .map(|pending| (&pending.event.ordering_key, pending.event.sequence))
        .collect();
    assert_eq!(
        places.len(),
        pending.len(),
        "no two events of a trap have the same place"
    );
}
