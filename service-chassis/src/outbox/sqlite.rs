//! The outbox as a table.

use super::failed;
use crate::sqlite::{Database, DatabaseError, Migrations, Step};
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use shared_events::outbox::{Outbox, OutboxError, PendingEvent};
use shared_events::{OutgoingEvent, timestamp};

/// The table; give it to [`Database::open`] with the service's own.
pub const MIGRATIONS: Migrations = Migrations {
    component: "outbox",
    steps: &[Step::Breaking(
        "CREATE TABLE outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        topic TEXT NOT NULL,
        ordering_key TEXT NOT NULL,
        id TEXT NOT NULL,
        event_type TEXT NOT NULL,
        time TEXT NOT NULL,
        jurisdiction TEXT,
        sequence INTEGER,
        traceparent TEXT,
        data TEXT NOT NULL
    ) STRICT",
    )],
};

/// Appends events inside the caller's transaction; the caller wakes the relay after it.
///
/// # Errors
/// The database refused.
pub fn append(connection: &Connection, events: &[OutgoingEvent]) -> Result<(), DatabaseError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox (topic, ordering_key, id, event_type, time, jurisdiction, sequence, traceparent, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for event in events {
        insert.execute((
            event.topic.name(),
            &event.ordering_key,
            &event.id,
            &event.event_type,
            timestamp::to_text(event.time),
            &event.jurisdiction,
            event.sequence,
            &event.traceparent,
            &event.data,
        ))?;
    }
    Ok(())
}

/// The outbox of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteOutbox(pub Database);

#[async_trait]
impl Outbox for SqliteOutbox {
    type Position = i64;

    async fn pending(&self, limit: usize) -> Result<Vec<PendingEvent<i64>>, OutboxError> {
        self.0
            .read(move |connection| {
                let mut select = connection.prepare_cached(
                    "SELECT position, topic, ordering_key, id, event_type, time, jurisdiction, sequence, traceparent, data
                     FROM outbox ORDER BY position LIMIT ?1",
                )?;
                let rows = select.query_map([limit], read)?;
                Ok::<_, DatabaseError>(rows.collect::<Result<_, _>>()?)
            })
            .await
            .map_err(|source| failed("list pending events", source))
    }

    async fn remove(&self, positions: Vec<i64>) -> Result<(), OutboxError> {
        self.0
            .write(move |connection| {
                let mut delete =
                    connection.prepare_cached("DELETE FROM outbox WHERE position = ?1")?;
                for position in positions {
                    delete.execute([position])?;
                }
                Ok::<_, DatabaseError>(())
            })
            .await
            .map_err(|source| failed("remove published events", source))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<PendingEvent<i64>> {
    let (topic, time): (String, String) = (row.get(1)?, row.get(5)?);
    let unreadable = |column, text: String| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, text.into())
    };
    Ok(PendingEvent {
        position: row.get(0)?,
        event: OutgoingEvent {
            topic: shared_events::Topic::named(&topic)
                .ok_or_else(|| unreadable(1, format!("no topic {topic:?}")))?,
            ordering_key: row.get(2)?,
            id: row.get(3)?,
            event_type: row.get(4)?,
            time: timestamp::from_text(&time).map_err(|error| unreadable(5, error.to_string()))?,
            jurisdiction: row.get(6)?,
            sequence: row.get(7)?,
            traceparent: row.get(8)?,
            data: row.get(9)?,
        },
    })
}
