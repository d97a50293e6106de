//! Small facts by name.

use super::{WorkError, rows::unreadable};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

const JOURNAL_ID: &str = "journal-id";
const PUBLISHED: &str = "published";

/// The journal's id, drawn on first use.
pub(super) fn journal_id(connection: &Connection) -> Result<Uuid, WorkError> {
    let fresh = Uuid::new_v4().to_string();
    connection.execute(
        "INSERT OR IGNORE INTO mark (name, value) VALUES (?1, ?2)",
        (JOURNAL_ID, fresh),
    )?;
    let stored = note(connection, JOURNAL_ID)?.unwrap_or_default();
    stored
        .parse()
        .map_err(|error: uuid::Error| unreadable(error))
}

pub(super) fn published(connection: &Connection) -> Result<u64, WorkError> {
    match note(connection, PUBLISHED)? {
        Some(number) => number
            .parse()
            .map_err(|error: std::num::ParseIntError| unreadable(error)),
        None => Ok(0),
    }
}

pub(super) fn set_published(connection: &Connection, event: u64) -> Result<(), WorkError> {
    if published(connection)? >= event {
        return Ok(());
    }
    set_note(connection, PUBLISHED, &event.to_string())
}

pub(super) fn note(connection: &Connection, name: &str) -> Result<Option<String>, WorkError> {
    let mut statement = connection.prepare_cached("SELECT value FROM mark WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn set_note(connection: &Connection, name: &str, text: &str) -> Result<(), WorkError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO mark (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?;
    statement.execute((name, text))?;
    Ok(())
}
