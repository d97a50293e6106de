//! How fast the import of a record as long as the published one is, durable on SQLite: `cargo bench -p mouse-trap`.
//! Aim: 15,000 lines/s and more on two cores.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use mouse_trap::counts::Counts;
use mouse_trap::domain::portal::row::read_rows;
use mouse_trap::domain::portal::species::SpeciesTable;
use mouse_trap::domain::portal::stakes::StakeMap;
use mouse_trap::domain::site::Jurisdiction;
use mouse_trap::storage::sqlite::SqliteStorage;
use mouse_trap::use_cases::MouseTrap;
use mouse_trap::use_cases::import_portal::{Dating, PortalImport, import_portal};
use service_chassis::clock::SystemClock;
use shared_events::id::CatId;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;

/// As many as the published record has.
const LINES: u32 = 64_907;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&folder.path().join("mouse-trap.db")).unwrap();
    let app = MouseTrap {
        storage: Arc::new(storage),
        clock: Arc::new(SystemClock),
        counts: Counts::new().unwrap(),
        relay: Arc::new(Notify::new()),
    };
    let record = record();
    let started = Instant::now();
    let import = PortalImport {
        rows: read_rows(record.as_bytes()).unwrap(),
        species: SpeciesTable::read(SPECIES).unwrap(),
        stakes: StakeMap::unmapped().unwrap(),
        hunters: vec![CatId::new("tom").unwrap()],
        jurisdiction: Jurisdiction::new("CA").unwrap(),
        dating: Dating::Now,
    };
    let read = started.elapsed();
    let summary = import_portal(&app, import, |_| {}).await.unwrap();
    assert_eq!(summary.total(), u64::from(LINES));
    let took = started.elapsed();
    let speed = f64::from(LINES) / took.as_secs_f64();
    println!(
        "{LINES} lines in {:.2} s: {speed:.0} lines/s (of which reading {:.2} s)",
        took.as_secs_f64(),
        read.as_secs_f64()
    );
}

const SPECIES: &[u8] = b"speciescode,scientificname,commonname,rodent\n\
    DM,Dipodomys merriami,Merriam's kangaroo rat,1\nPP,Chaetodipus penicillatus,Desert pocket mouse,1\n";

/// A record of the published shape: 24 plots of 49 stakes, mostly mice and rats, some empty traps.
fn record() -> String {
    let mut record = "Record_ID,mo,dy,yr,plot,stake,species,sex,wgt\n".to_owned();
    for id in 1..=LINES {
        let (plot, stake) = (id % 24 + 1, (id / 7 % 7 + 1) * 10 + id % 7 + 1);
        let (month, day, year) = (id % 12 + 1, id % 28 + 1, 1977 + id / 1700);
        let species = ["PP", "DM", "PP", "DM", "PP", ""][id as usize % 6];
        writeln!(
            record,
            "{id},{month},{day},{year},{plot},{stake},{species},F,{}",
            id % 60 + 7
        )
        .unwrap();
    }
    record
}
