//! A damaged database: the service says which entry, and what to do, or passes a damaged snapshot over; it is never silently wrong.

use crate::{restart::some_trading, test_app::TestApp};
use cadaver_exchange::{
    engine::{PastError, RecoverError},
    storage::StorageError,
};
use rusqlite::Connection;
use std::{fs, path::Path};

const RESTORE: &str = "Restore the database from a backup";

async fn stopped() -> TestApp {
    let every = [("CADAVER_EXCHANGE__ENGINE__SNAPSHOT_EVERY", "1000")];
    let mut app = TestApp::start_with(&every).await;
    some_trading(&app, 0).await;
    let named = serde_json::json!({"market": "rat-prime", "side": "buy", "quantity": 1, "price": 1,
        "client_order_id": "the-one-to-damage"});
    let placed = app.as_cat("kitty").post("/v1/orders", named).await;
    assert_eq!(placed.status.as_u16(), 201);
    some_trading(&app, 1).await;
    app.stop().await;
    app
}

/// Without its snapshots, so that all of the journal is read.
async fn stopped_without_snapshots() -> TestApp {
    let app = stopped().await;
    run(&app, "DELETE FROM snapshot");
    app
}

fn run(app: &TestApp, sql: &str) -> usize {
    let database = Connection::open(app.database()).unwrap();
    let changed = database.execute(sql, []).unwrap();
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    changed
}

fn number(app: &TestApp, sql: &str) -> u64 {
    let database = Connection::open(app.database()).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Flips the lowest bit of the byte where `text` begins in the file.
fn flip_a_bit(file: &Path, text: &[u8]) {
    let mut bytes = fs::read(file).unwrap();
    let places: Vec<usize> = (0..bytes.len().saturating_sub(text.len()))
        .filter(|at| bytes[*at..].starts_with(text))
        .collect();
    assert!(!places.is_empty(), "the file holds it");
    for at in places {
        bytes[at] ^= 1;
    }
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_flipped_bit_names_the_entry() {
    let app = stopped_without_snapshots().await;
    let of_the_order = "SELECT position FROM journal WHERE command LIKE '%the-one-to-damage%'";
    let position = number(&app, of_the_order);
    flip_a_bit(&app.database(), b"the-one-to-damage");
    let error = app.start_error().await;
    assert!(
        error.contains(&format!("entry {position} is damaged")),
        "{error}"
    );
    assert!(error.contains(RESTORE), "{error}");
}

#[tokio::test]
async fn a_flipped_bit_in_any_column_names_the_entry() {
    for change in [
        "at_ms = at_ms + 1",
        "events_through = events_through + 1",
        "source = 'another'",
        "command = 7",
        "checksum = checksum + 1",
    ] {
        let app = stopped_without_snapshots().await;
        assert_eq!(
            run(
                &app,
                &format!("UPDATE journal SET {change} WHERE position = 9")
            ),
            1
        );
        let error = app.start_error().await;
        assert!(
            error.contains("entry 9 is damaged") && error.contains(RESTORE),
            "{change}: {error}"
        );
    }
}

#[tokio::test]
async fn events_that_changed_are_not_published() {
    for change in [
        "events = replace(events, 'kibbles', 'kibblez') || ' '",
        "events_before = events_before - 1",
    ] {
        let mut app = stopped().await;
        let position = number(
            &app,
            "SELECT max(position) FROM journal WHERE events <> '[]'",
        );
        let sql = format!("UPDATE journal SET {change} WHERE position = {position}");
        assert_eq!(run(&app, &sql), 1);
        app.restart_stopped().await;
        let storage =
            cadaver_exchange::storage::sqlite::SqliteStorage::open(&app.database()).unwrap();
        let told = cadaver_exchange::storage::Storage::told_after(&storage, 0, 10_000).await;
        assert!(
            matches!(told, Err(StorageError::Damaged(entry)) if entry == position),
            "{change}: {told:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_entry_is_a_gap() {
    let app = stopped_without_snapshots().await;
    assert_eq!(
        run(&app, "DELETE FROM journal WHERE position IN (40, 41)"),
        2
    );
    let error = app.start_error().await;
    assert!(
        error.contains("from position 39 to 42") && error.contains(RESTORE),
        "{error}"
    );
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_missed() {
    let app = stopped().await;
    let last = number(&app, "SELECT max(position) FROM journal");
    assert_eq!(
        run(
            &app,
            &format!("DELETE FROM journal WHERE position > {last} - 3")
        ),
        3
    );
    let error = app.start_error().await;
    assert!(
        error.contains(&format!("ends at entry {}", last - 3)),
        "{error}"
    );
    assert!(
        error.contains(&format!("a snapshot was taken at entry {last}")),
        "{error}"
    );
    assert!(error.contains(RESTORE), "{error}");
}

#[tokio::test]
async fn a_tail_whose_events_are_out_is_missed_without_a_snapshot() {
    let app = stopped_without_snapshots().await;
    let last = number(&app, "SELECT max(position) FROM journal");
    let events = number(&app, "SELECT max(events_through) FROM journal");
    run(
        &app,
        &format!("INSERT OR REPLACE INTO mark (name, value) VALUES ('published', '{events}')"),
    );
    let cut =
        "DELETE FROM journal WHERE events_through = (SELECT max(events_through) FROM journal)";
    assert!(run(&app, cut) > 0);
    let error = app.start_error().await;
    assert!(
        error.contains(&format!("its events up to {events} were published")),
        "{error}"
    );
    assert!(error.contains(RESTORE), "{error}: {last}");
}

#[tokio::test]
async fn a_file_that_was_cut_says_so() {
    let app = stopped_without_snapshots().await;
    let bytes = fs::read(app.database()).unwrap();
    fs::write(app.database(), &bytes[..bytes.len() / 2]).unwrap();
    let error = app.start_error().await;
    assert!(error.contains("damaged"), "{error}");
}

#[tokio::test]
async fn damaged_snapshots_are_passed_over() {
    for damage in [
        "UPDATE snapshot SET state = zeroblob(10)",
        "UPDATE snapshot_part SET bytes = zeroblob(10) WHERE part = 0",
        "UPDATE snapshot_part SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) AS BLOB)",
        "UPDATE snapshot_part SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB)",
        "DELETE FROM snapshot_part",
        "UPDATE snapshot SET hash = zeroblob(32)",
        "UPDATE snapshot SET hash = zeroblob(7)",
        "UPDATE snapshot SET position = position - 5",
    ] {
        let mut app = stopped().await;
        app.restart_stopped().await;
        let before = app.state_hash().await["hash"].clone();
        app.stop().await;
        assert!(run(&app, damage) > 0);
        app.restart_stopped().await;
        assert_eq!(app.state_hash().await["hash"], before, "{damage}");
    }
}

#[tokio::test]
async fn an_entry_of_a_newer_version_is_not_called_damaged() {
    let app = stopped_without_snapshots().await;
    let unknown = r#"{"command":"feed-the-cats"}"#;
    let (at, through): (i64, u64) = Connection::open(app.database())
        .unwrap()
        .query_row(
            "SELECT at_ms, events_through FROM journal ORDER BY position DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let position = number(&app, "SELECT max(position) FROM journal") + 1;
    let mut crc = crc32fast::Hasher::new();
    for number in [position, at.cast_unsigned(), through, 0] {
        crc.update(&number.to_le_bytes());
    }
    crc.update(unknown.as_bytes());
    let sql = format!(
        "INSERT INTO journal (position, at_ms, command, events_before, events_through, events, epoch, checksum)
         VALUES ({position}, {at}, '{unknown}', {through}, {through}, '[]', 1, {})",
        crc.finalize()
    );
    assert_eq!(run(&app, &sql), 1);
    let error = app.start_error().await;
    assert!(
        error.contains(&format!("entry {position} is whole")),
        "{error}"
    );
    assert!(error.contains("or a newer one"), "{error}");
}

/// The past is replayed from the journal: what is damaged there is not shown otherwise than it was.
#[tokio::test]
async fn a_damaged_past_is_not_told() {
    let mut app = stopped().await;
    assert_eq!(
        run(
            &app,
            "UPDATE journal SET at_ms = at_ms + 1 WHERE position = 9"
        ),
        1
    );
    app.restart_stopped().await;
    let early = app.get("/v1/state-hash?position=8").await;
    assert_eq!(early.status.as_u16(), 200, "{}", early.body);
    app.get("/v1/state-hash?position=20")
        .await
        .is(503, "unavailable");
    let storage = cadaver_exchange::storage::sqlite::SqliteStorage::open(&app.database()).unwrap();
    let shadow = cadaver_exchange::engine::Shadow::of(std::sync::Arc::new(storage));
    let shadow = std::sync::Arc::new(shadow);
    let past = shadow
        .at(20, cadaver_exchange::domain::Exchange::state_hash)
        .await;
    assert!(
        matches!(
            past,
            Err(PastError::Replay(RecoverError::Storage(
                StorageError::Damaged(9)
            )))
        ),
        "{past:?}"
    );
}
