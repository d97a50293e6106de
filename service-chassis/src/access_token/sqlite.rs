//! The keyring as tables.

use super::{Keyring, KeyringError, Revocation};
use crate::sqlite::{Database, DatabaseError, Migrations, Step};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;
use shared_events::events::cat_node::KeysPublished;

/// The tables; give them to [`Database::open`] with the service's own.
pub const MIGRATIONS: Migrations = Migrations {
    component: "keyring",
    steps: &[Step::Breaking("CREATE TABLE keyring (only INTEGER PRIMARY KEY CHECK (only = 1), keys TEXT NOT NULL) STRICT;
    CREATE TABLE revoked_sessions (session TEXT PRIMARY KEY, revoked_at INTEGER NOT NULL) STRICT, WITHOUT ROWID")],
};

/// The keyring of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteKeyring(pub Database);

fn failed(attempted: &'static str) -> impl Fn(DatabaseError) -> KeyringError {
    move |source| KeyringError::because(attempted)(source.into())
}

#[async_trait]
impl Keyring for SqliteKeyring {
    async fn load(&self) -> Result<(Option<KeysPublished>, Vec<Revocation>), KeyringError> {
        let (keys, revocations) = self
            .0
            .read(|connection| {
                let keys: Option<String> = connection
                    .query_row("SELECT keys FROM keyring", [], |row| row.get(0))
                    .optional()?;
                let mut select =
                    connection.prepare("SELECT session, revoked_at FROM revoked_sessions")?;
                let revocations = select.query_map([], |row| {
                    let revoked_at =
                        DateTime::from_timestamp_millis(row.get(1)?).unwrap_or_default();
                    Ok(Revocation {
                        session: row.get(0)?,
                        revoked_at,
                    })
                })?;
                Ok::<_, DatabaseError>((keys, revocations.collect::<Result<Vec<_>, _>>()?))
            })
            .await
            .map_err(failed("be read"))?;
        let keys = keys.map(|json| serde_json::from_str(&json)).transpose();
        Ok((
            keys.map_err(|error| KeyringError::because("be understood")(error.into()))?,
            revocations,
        ))
    }

    async fn keep_keys(&self, keys: &KeysPublished) -> Result<(), KeyringError> {
        let json = serde_json::to_string(keys)
            .map_err(|error| KeyringError::because("be written")(error.into()))?;
        self.0
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO keyring (only, keys) VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET keys = excluded.keys",
                    [json],
                )?;
                Ok(())
            })
            .await
            .map_err(failed("keep keys"))
    }

    async fn keep_revocations(
        &self,
        revocations: &[Revocation],
        obsolete: DateTime<Utc>,
    ) -> Result<(), KeyringError> {
        let revocations = revocations.to_vec();
        self.0
            .write(move |connection| {
                let mut insert = connection.prepare_cached(
                    "INSERT INTO revoked_sessions VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?;
                for revocation in &revocations {
                    insert.execute((
                        &revocation.session,
                        revocation.revoked_at.timestamp_millis(),
                    ))?;
                }
                connection.execute(
                    "DELETE FROM revoked_sessions WHERE revoked_at < ?1",
                    [obsolete.timestamp_millis()],
                )?;
                Ok(())
            })
            .await
            .map_err(failed("keep revocations"))
    }
}
