//! The journal in a SQLite file.

mod journal;
mod marks;
mod rows;
mod snapshots;

use super::{Entry, Recorded, Snapshot, Storage, StorageError, Told, TradeRecord};
use crate::domain::Market;
use async_trait::async_trait;
use service_chassis::{
    access_token::{self, SqliteKeyring},
    health::ReadinessCheck,
    sqlite::{Database, DatabaseError, Migrations},
};
use std::{collections::HashSet, path::Path};
use uuid::Uuid;

const MIGRATIONS: Migrations = Migrations {
    component: "cadaver-exchange",
    steps: &[include_str!("sqlite/schema_1.sql")],
};

/// A SQLite file as the exchange's storage.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    database: Database,
}

/// What goes wrong inside one piece of work.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Statement(#[from] rusqlite::Error),
    #[error("what is stored cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("position {0} is taken")]
    PositionTaken(u64),
}

impl WorkError {
    fn while_trying_to(self, attempted: &'static str) -> StorageError {
        match self {
            Self::PositionTaken(position) => StorageError::PositionTaken(position),
            Self::Unreadable(source) => StorageError::Unreadable {
                what: "journal",
                source,
            },
            other => StorageError::Unavailable {
                attempted,
                source: Box::new(other),
            },
        }
    }
}

impl SqliteStorage {
    /// Opens the file, making it when it is missing.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self {
            database: Database::open(path, &[MIGRATIONS, access_token::MIGRATIONS])?,
        })
    }

    /// Where cat-node's keys and the ended sessions are kept.
    #[must_use]
    pub fn keyring(&self) -> SqliteKeyring {
        SqliteKeyring(self.database.clone())
    }
}

#[async_trait]
impl ReadinessCheck for SqliteStorage {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.database.check().await
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn journal_id(&self) -> Result<Uuid, StorageError> {
        let work = self.database.write(marks::journal_id).await;
        work.map_err(|error: WorkError| error.while_trying_to("name the journal"))
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), StorageError> {
        let work = self
            .database
            .write(move |connection| journal::append(connection, &entries))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("append to the journal"))
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StorageError> {
        let work = self
            .database
            .read(move |connection| journal::entries(connection, after, limit))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("read the journal"))
    }

    async fn known_sources(&self, sources: Vec<String>) -> Result<HashSet<String>, StorageError> {
        let work = self
            .database
            .read(move |connection| journal::known_sources(connection, sources))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("look up commands in the journal"))
    }

    async fn trades(
        &self,
        market: Market,
        before: u64,
        limit: usize,
    ) -> Result<Vec<TradeRecord>, StorageError> {
        let work = self
            .database
            .read(move |connection| journal::trades(connection, market, before, limit))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("read the trades"))
    }

    async fn told_after(&self, event: u64, limit: usize) -> Result<Vec<Told>, StorageError> {
        let work = self
            .database
            .read(move |connection| journal::told_after(connection, event, limit))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("list the events to publish"))
    }

    async fn published(&self) -> Result<u64, StorageError> {
        let work = self.database.read(marks::published).await;
        work.map_err(|error: WorkError| error.while_trying_to("read how far events are published"))
    }

    async fn set_published(&self, event: u64) -> Result<(), StorageError> {
        let work = self
            .database
            .write(move |connection| marks::set_published(connection, event))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("keep how far events are published"))
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StorageError> {
        let work = self
            .database
            .write(move |connection| snapshots::save(connection, &snapshot))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("store a snapshot"))
    }

    async fn snapshot_positions(&self) -> Result<Vec<u64>, StorageError> {
        let work = self.database.read(snapshots::positions).await;
        work.map_err(|error: WorkError| error.while_trying_to("list the snapshots"))
    }

    async fn snapshot(&self, position: u64) -> Result<Option<Snapshot>, StorageError> {
        let work = self
            .database
            .read(move |connection| snapshots::load(connection, position))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("load a snapshot"))
    }
}
