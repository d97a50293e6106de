//! The journal in a SQLite file.

mod candles;
mod journal;
mod lease;
mod marks;
mod rows;
mod snapshots;
mod statement;

use super::{
    Entry, Epoch, Lease, Recorded, Snapshot, StatedLine, Storage, StorageError, Told, TradeRecord,
    entry::Damaged,
};
use crate::{
    domain::{Market, Moment},
    market_data::candle::{Base, Candle},
};
use async_trait::async_trait;
use lease::LockFiles;
use parking_lot::Mutex;
use rusqlite::ErrorCode;
use service_chassis::{
    access_token::{self, SqliteKeyring},
    health::ReadinessCheck,
    sqlite::{Database, DatabaseError, Migrations, Step},
};
use shared_events::id::CatId;
use std::{collections::HashSet, path::Path, sync::Arc};
use uuid::Uuid;

const MIGRATIONS: Migrations = Migrations {
    component: "cadaver-exchange",
    steps: &[
        Step::Breaking(include_str!("sqlite/schema_1.sql")),
        Step::Breaking(include_str!("sqlite/schema_2.sql")),
        Step::Breaking(include_str!("sqlite/schema_3.sql")),
        Step::Breaking(include_str!("sqlite/schema_4.sql")),
        Step::Expanding(include_str!("sqlite/schema_5.sql")),
        Step::Breaking(include_str!("sqlite/schema_6.sql")),
    ],
};

/// A SQLite file as the exchange's storage.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    database: Database,
    lock_files: Arc<Mutex<LockFiles>>,
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
    #[error("epoch {epoch} is over")]
    Fenced { epoch: Epoch, current: Epoch },
    #[error("entry {0} is damaged")]
    Damaged(u64),
    #[error("entry {position} is of another version")]
    UnknownEntry {
        position: u64,
        source: serde_json::Error,
    },
    #[error("the lock file cannot be used")]
    LockFile(#[from] std::io::Error),
}

/// Whether SQLite says that the file is none of its own, or not whole.
fn is_damaged_file(error: &WorkError) -> bool {
    let error: &(dyn std::error::Error + 'static) = match error {
        WorkError::Statement(error) => error,
        other => other,
    };
    let causes = std::iter::successors(Some(error), |error| error.source());
    let codes = causes.filter_map(|cause| cause.downcast_ref::<rusqlite::Error>());
    codes
        .filter_map(rusqlite::Error::sqlite_error_code)
        .any(|code| matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

impl From<Damaged> for WorkError {
    fn from(Damaged(position): Damaged) -> Self {
        Self::Damaged(position)
    }
}

impl WorkError {
    fn while_trying_to(self, attempted: &'static str) -> StorageError {
        match self {
            Self::PositionTaken(position) => StorageError::PositionTaken(position),
            Self::Fenced { epoch, current } => StorageError::Fenced { epoch, current },
            Self::Damaged(position) => StorageError::Damaged(position),
            Self::UnknownEntry { position, source } => StorageError::UnknownEntry {
                position,
                source: Box::new(source),
            },
            Self::Unreadable(source) => StorageError::Unreadable {
                what: "journal",
                source,
            },
            other if is_damaged_file(&other) => StorageError::DamagedFile {
                attempted,
                source: Box::new(other),
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
            lock_files: Arc::new(Mutex::new(LockFiles::beside(path))),
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

    async fn lease(&self) -> Result<Lease, StorageError> {
        let work = self.database.read(lease::read).await;
        let mut lease = work.map_err(|error: WorkError| error.while_trying_to("read the lease"))?;
        lease.is_free |= self.lock_files.lock().is_abandoned(lease.epoch);
        Ok(lease)
    }

    async fn take_lease(&self, seen: Lease, holder: String) -> Result<Option<Epoch>, StorageError> {
        let (lock_files, next) = (self.lock_files.clone(), Epoch(seen.epoch.0 + 1));
        let work = self.database.write(move |connection| {
            let mut lock_files = lock_files.lock();
            if !lock_files.lock(next)? {
                return Ok(false);
            }
            let taken = lease::take(connection, &seen, &holder)?;
            if taken {
                lock_files.forget(seen.epoch);
            } else {
                lock_files.unlock();
            }
            Ok(taken)
        });
        let taken = work.await;
        let taken = taken.map_err(|error: WorkError| error.while_trying_to("take the lease"))?;
        Ok(taken.then_some(next))
    }

    async fn renew_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        let work = self
            .database
            .write(move |connection| lease::renew(connection, epoch))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("renew the lease"))
    }

    async fn release_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        let work = self
            .database
            .write(move |connection| lease::release(connection, epoch))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("give the lease back"))
    }

    async fn append(&self, epoch: Epoch, entries: Vec<Entry>) -> Result<(), StorageError> {
        let work = self
            .database
            .write(move |connection| {
                lease::check(connection, epoch)?;
                journal::append(connection, epoch, &entries)?;
                candles::add(connection, &entries)?;
                statement::add(connection, &entries)
            })
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

    async fn candles(
        &self,
        market: Market,
        base: Base,
        span: (Moment, Moment),
    ) -> Result<Vec<Candle>, StorageError> {
        let work = self
            .database
            .read(move |connection| candles::between(connection, market, base, span))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("read the candles"))
    }

    async fn statement(
        &self,
        cat: CatId,
        before: u64,
        limit: usize,
    ) -> Result<Vec<StatedLine>, StorageError> {
        let work = self
            .database
            .read(move |connection| statement::before(connection, &cat, before, limit))
            .await;
        work.map_err(|error: WorkError| error.while_trying_to("read the statement"))
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
        let work = snapshots::save(&self.database, snapshot).await;
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
