//! Lines of imports in SQLite.

use super::rows::{parsed, parsed_optional, word};
use super::{SqliteStorage, Undo, changed_one};
use crate::domain::portal::outcome::Outcome;
use crate::storage::{ImportStorage, ImportedRow, StorageError};
use async_trait::async_trait;
use rusqlite::{Connection, Row, params};
use shared_events::id::CaptureId;
use std::collections::HashMap;

#[async_trait]
impl ImportStorage for SqliteStorage {
    async fn import_rows_between(
        &self,
        import: &str,
        first: u32,
        last: u32,
    ) -> Result<Vec<ImportedRow>, StorageError> {
        let import = import.to_owned();
        self.read("look for known lines", move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT * FROM import_rows WHERE import = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number",
            )?;
            select.query_map(params![import, first, last], imported)?.collect()
        })
        .await
    }

    async fn import_rows(
        &self,
        import: &str,
        outcome: Option<Outcome>,
        after: u32,
        limit: u32,
    ) -> Result<Vec<ImportedRow>, StorageError> {
        let import = import.to_owned();
        self.read("list imported lines", move |connection| {
            let select = |condition: &str| {
                connection.prepare_cached(&format!(
                    "SELECT * FROM import_rows WHERE import = ?1 AND number > ?2 AND {condition} ORDER BY number LIMIT ?4"
                ))
            };
            match outcome {
                Some(outcome) => {
                    let parameters = params![import, after, outcome.as_str(), limit];
                    select("outcome = ?3")?.query_map(parameters, imported)?.collect()
                }
                None => select("?3 IS NULL")?.query_map(params![import, after, None::<&str>, limit], imported)?.collect(),
            }
        })
        .await
    }

    async fn import_counts(&self, import: &str) -> Result<HashMap<Outcome, u64>, StorageError> {
        let import = import.to_owned();
        self.read("count imported lines", move |connection| {
            let mut select = connection
                .prepare_cached("SELECT outcome, count(*) AS lines FROM import_rows WHERE import = ?1 GROUP BY outcome")?;
            let counts = select.query_map([import], |row| {
                Ok((parsed(row, "outcome", word(Outcome::named))?, row.get("lines")?))
            })?;
            counts.collect()
        })
        .await
    }
}

/// Stores a new line.
pub(super) fn insert(tx: &Connection, row: &ImportedRow) -> Result<(), Undo> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO import_rows (import, number, record_id, outcome, reason, catch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    changed_one(insert.execute(params![
        row.import,
        row.number,
        row.record_id,
        row.outcome.as_str(),
        row.reason,
        row.catch.as_ref().map(CaptureId::as_str),
    ])?)
}

fn imported(row: &Row<'_>) -> rusqlite::Result<ImportedRow> {
    Ok(ImportedRow {
        import: row.get("import")?,
        number: row.get("number")?,
        record_id: row.get("record_id")?,
        outcome: parsed(row, "outcome", word(Outcome::named))?,
        reason: row.get("reason")?,
        catch: parsed_optional(row, "catch", CaptureId::new)?,
    })
}
