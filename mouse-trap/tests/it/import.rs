//! The import of the Portal record: a small one with every kind of line, killed and repeated; and the published one where it is.

use crate::test_storage::TestStorage;
use mouse_trap::counts::Counts;
use mouse_trap::domain::portal::outcome::Outcome;
use mouse_trap::domain::portal::row::read_rows;
use mouse_trap::domain::portal::species::SpeciesTable;
use mouse_trap::domain::portal::stakes::StakeMap;
use mouse_trap::domain::site::Jurisdiction;
use mouse_trap::storage::CatchFilter;
use mouse_trap::use_cases::MouseTrap;
use mouse_trap::use_cases::import_portal::{
    Dating, ImportPortalError, PortalImport, import_portal,
};
use service_chassis::clock::SystemClock;
use service_chassis::real_component::tell;
use shared_events::EventData as _;
use shared_events::events::mouse_trap::{RodentCaught, TrapRegistered};
use shared_events::id::{CatId, TrapId};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

const SPECIES: &[u8] = b"speciescode,scientificname,taxa,commonname,rodent\n\
    NA,Neotoma albigula,Rodent,White-throated woodrat,1\nPF,Perognathus flavus,Rodent,Silky pocket mouse,1\n\
    AH,Ammospermophilus harrisi,Rodent,Harris's antelope squirrel,1\nCV,Crotalus viridis,Reptile,Prairie Rattlesnake,0\n";

const HEADER: &str = "Record_ID,mo,dy,yr,plot,stake,species,sex,wgt,note5\n";

/// Two rats, two mice, two bycatch, one nothing, three refused.
const LINES: &str = "1,7,16,1977,2,16,NA,M,160,\n2,7,16,1977,3,,PF,F,,\n3,7,16,1977,,,PF,Z,8,\n4,7,17,1977,2,16,AH,M,,\n\
    5,7,17,1977,2,16,CV,,,\n6,7,17,1977,2,17,,,,\n7,2,30,1977,2,17,PF,,,\n8,7,17,1977,2,17,XX,,,\n1,7,18,1977,2,17,PF,,,\n\
    9,7,18,1977,2,16,NA,F,150,\n";

fn import(lines: &str, dating: Dating) -> PortalImport {
    PortalImport {
        rows: read_rows(format!("{HEADER}{lines}").as_bytes()).unwrap(),
        species: SpeciesTable::read(SPECIES).unwrap(),
        stakes: StakeMap::unmapped().unwrap(),
        hunters: vec![CatId::new("tom").unwrap(), CatId::new("jerry").unwrap()],
        jurisdiction: Jurisdiction::new("CA").unwrap(),
        dating,
    }
}

fn app(test: &TestStorage) -> MouseTrap {
    MouseTrap {
        storage: test.storage.clone(),
        clock: Arc::new(SystemClock),
        counts: Counts::new().unwrap(),
        relay: Arc::new(Notify::new()),
    }
}

async fn announced(test: &TestStorage, event_type: &str) -> usize {
    test.pending()
        .await
        .iter()
        .filter(|event| event.event_type == event_type)
        .count()
}

async fn every_line_has_one_outcome(test: &TestStorage) {
    let app = app(test);
    let summary = import_portal(&app, import(LINES, Dating::AsRecorded), |_| {})
        .await
        .unwrap();
    let counts = Outcome::ALL.map(|outcome| summary.lines(outcome));
    assert_eq!(
        (counts, summary.total(), summary.captures()),
        ([2, 2, 2, 1, 3], 10, 4)
    );

    let again = import_portal(&app, import(LINES, Dating::AsRecorded), |_| {})
        .await
        .unwrap();
    assert_eq!(again, summary);
    assert_eq!(announced(test, RodentCaught::TYPE).await, 4);
    assert_eq!(announced(test, TrapRegistered::TYPE).await, 3);

    let captures = test
        .storage
        .captures(CatchFilter::default(), None, 9)
        .await
        .unwrap();
    let seen: Vec<_> = captures
        .iter()
        .map(|capture| (capture.catch.trap.as_str(), capture.catch.hunter.as_str()))
        .collect();
    assert_eq!(seen.len(), 4);
    for expected in [
        ("portal-2-16", "jerry"),
        ("portal-3-unknown", "tom"),
        ("portal-unknown-unknown", "tom"),
        ("portal-2-16", "jerry"),
    ] {
        assert!(seen.contains(&expected), "{expected:?}");
    }
    assert_eq!(
        captures[0].catch.caught_at.to_rfc3339(),
        "1977-07-18T14:00:00+00:00"
    );
    refusals_are_told(test).await;
    sequences_follow_the_trap(test).await;
}

async fn refusals_are_told(test: &TestStorage) {
    let refused = test
        .storage
        .import_rows("portal", Some(Outcome::Refused), 0, 9)
        .await
        .unwrap();
    let reasons: Vec<_> = refused
        .iter()
        .map(|row| (row.number, row.reason.as_deref().unwrap()))
        .collect();
    assert_eq!(
        reasons,
        [
            (7, "the date 1977-2-30 does not exist"),
            (8, "the species code \"XX\" is not in the species table"),
            (9, "the record id 1 was used by an earlier line"),
        ]
    );
}

async fn sequences_follow_the_trap(test: &TestStorage) {
    let trap = test
        .storage
        .trap(&TrapId::new("portal-2-16").unwrap())
        .await
        .unwrap()
        .unwrap();
    let sequences: Vec<_> = test
        .pending()
        .await
        .into_iter()
        .filter(|event| event.ordering_key == "portal-2-16")
        .map(|event| event.sequence.unwrap())
        .collect();
    assert!(
        sequences.is_sorted() && sequences.last().unwrap() <= &trap.version,
        "{sequences:?}"
    );
}

#[tokio::test]
async fn every_line_has_one_outcome_on_sqlite() {
    every_line_has_one_outcome(&TestStorage::sqlite()).await;
}

#[tokio::test]
async fn every_line_has_one_outcome_on_mongodb() {
    if let Some(test) = TestStorage::mongodb().await {
        every_line_has_one_outcome(&test).await;
        test.end().await;
    }
}

#[tokio::test]
async fn an_interrupted_import_goes_on_where_it_was() {
    let test = TestStorage::sqlite();
    let app = app(&test);
    let (first_half, _) = LINES.split_at(LINES.find("5,7,17").unwrap());
    import_portal(&app, import(first_half, Dating::Now), |_| {})
        .await
        .unwrap();
    let summary = import_portal(&app, import(LINES, Dating::Now), |_| {})
        .await
        .unwrap();
    assert_eq!((summary.total(), summary.captures()), (10, 4));
    assert_eq!(announced(&test, RodentCaught::TYPE).await, 4);
    let captures = test
        .storage
        .captures(CatchFilter::default(), None, 9)
        .await
        .unwrap();
    let records: Vec<_> = captures
        .iter()
        .map(|capture| capture.catch.mass.map(|mass| mass.get()))
        .collect();
    assert_eq!(
        records,
        [Some(150.0), Some(8.0), None, Some(160.0)],
        "dated to now, in the order of the file"
    );
}

#[tokio::test]
async fn another_file_is_refused() {
    let test = TestStorage::sqlite();
    let app = app(&test);
    import_portal(&app, import(LINES, Dating::Now), |_| {})
        .await
        .unwrap();
    let other = format!("99,7,16,1977,2,16,NA,M,160,\n{LINES}");
    let refused = import_portal(&app, import(&other, Dating::Now), |_| {}).await;
    assert!(
        matches!(
            refused,
            Err(ImportPortalError::AnotherFile { number: 1, .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn two_imports_at_once_share_the_work() {
    let test = TestStorage::sqlite();
    let app = app(&test);
    let (first, second) = tokio::join!(
        import_portal(&app, import(LINES, Dating::Now), |_| {}),
        import_portal(&app, import(LINES, Dating::Now), |_| {})
    );
    assert_eq!(first.unwrap().captures(), 4);
    assert_eq!(second.unwrap().total(), 10);
    assert_eq!(announced(&test, RodentCaught::TYPE).await, 4);
    assert_eq!(announced(&test, TrapRegistered::TYPE).await, 3);
}

#[tokio::test]
async fn the_published_record_adds_up() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/portal");
    let read = |name: &str| std::fs::read(folder.join(name));
    let (Ok(record), Ok(species), Ok(coords)) = (
        read("Portal_rodent.csv"),
        read("Portal_rodent_species.csv"),
        read("Portal_UTMCoords.csv"),
    ) else {
        tell(format_args!(
            "skipped: the Portal record is not at {}",
            folder.display()
        ));
        return;
    };
    let test = TestStorage::sqlite();
    let published = PortalImport {
        rows: read_rows(&record).unwrap(),
        species: SpeciesTable::read(&species).unwrap(),
        stakes: StakeMap::read(&coords).unwrap(),
        ..import("", Dating::Now)
    };
    let summary = import_portal(&app(&test), published, |_| {}).await.unwrap();
    assert_eq!(
        Outcome::ALL.map(|outcome| summary.lines(outcome)),
        [37_035, 25_207, 1_472, 1_191, 2]
    );
    assert_eq!((summary.total(), summary.captures()), (64_907, 62_242));
    assert_eq!(announced(&test, RodentCaught::TYPE).await, 62_242);
}
