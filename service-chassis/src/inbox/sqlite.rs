//! The inbox as a table.

use crate::sqlite::{Database, DatabaseError, Migrations, Step};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use shared_events::inbox::{Inbox, InboxError};

/// The table; give it to [`Database::open`] with the service's own.
pub const MIGRATIONS: Migrations = Migrations {
    component: "inbox",
    steps: &[Step::Breaking(
        "CREATE TABLE inbox (
        event_id TEXT NOT NULL,
        consumer TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        PRIMARY KEY (event_id, consumer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX inbox_by_time ON inbox (recorded_at)",
    )],
};

/// Records an event inside the caller's transaction; false when it was recorded before, and then the
/// caller does nothing more.
///
/// # Errors
/// The database refused.
pub fn record(
    connection: &Connection,
    consumer: &str,
    event_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO inbox (event_id, consumer, recorded_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    Ok(insert.execute((event_id, consumer, now.timestamp_millis()))? == 1)
}

/// The inbox of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteInbox(pub Database);

fn failed(attempted: &'static str) -> impl FnOnce(DatabaseError) -> InboxError {
    move |source| InboxError {
        attempted,
        source: Box::new(source),
    }
}

#[async_trait]
impl Inbox for SqliteInbox {
    async fn seen(&self, consumer: &str, event_ids: &[String]) -> Result<Vec<String>, InboxError> {
        let (consumer, event_ids) = (consumer.to_owned(), event_ids.to_vec());
        self.0
            .read(move |connection| {
                let mut select = connection
                    .prepare_cached("SELECT 1 FROM inbox WHERE event_id = ?1 AND consumer = ?2")?;
                let mut seen = Vec::new();
                for event_id in event_ids {
                    if select.exists((&event_id, &consumer))? {
                        seen.push(event_id);
                    }
                }
                Ok::<_, DatabaseError>(seen)
            })
            .await
            .map_err(failed("look for events"))
    }

    async fn forget_before(&self, time: DateTime<Utc>) -> Result<u64, InboxError> {
        self.0
            .write(move |connection| {
                let forgotten = connection.execute(
                    "DELETE FROM inbox WHERE recorded_at < ?1",
                    [time.timestamp_millis()],
                )?;
                Ok::<_, DatabaseError>(forgotten as u64)
            })
            .await
            .map_err(failed("forget old events"))
    }
}
