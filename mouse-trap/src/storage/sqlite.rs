//! The contract over SQLite: one file, one writing thread (`service_chassis::sqlite`).

mod catches;
mod cats;
mod commands;
mod imports;
mod reports;
mod rows;
mod sites;
mod traps;

use super::{StorageError, Write};
use rusqlite::Connection;
use service_chassis::access_token::{self, SqliteKeyring};
use service_chassis::outbox::sqlite::{self as outbox, SqliteOutbox};
use service_chassis::sqlite::{Database, DatabaseError, Migrations, Step};
use std::path::Path;

/// Our tables; steps that were released never change.
const SCHEMA: Migrations = Migrations {
    component: "mouse-trap",
    steps: &[Step::Breaking(include_str!("sqlite/schema_1.sql"))],
};

/// Mouse-trap's tables in a SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    database: Database,
}

impl SqliteStorage {
    /// Opens or creates the file and brings its tables up to date.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let database = Database::open(
            path,
            &[SCHEMA, outbox::MIGRATIONS, access_token::MIGRATIONS],
        )?;
        Ok(Self { database })
    }

    /// The file itself, for health checks.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// The pending events.
    #[must_use]
    pub fn outbox(&self) -> SqliteOutbox {
        SqliteOutbox(self.database.clone())
    }

    /// What arrived about access tokens.
    #[must_use]
    pub fn keyring(&self) -> SqliteKeyring {
        SqliteKeyring(self.database.clone())
    }

    async fn read<T, F>(&self, attempted: &'static str, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let result = self
            .database
            .read(|connection| work(connection).map_err(DatabaseError::from))
            .await;
        result.map_err(|source| StorageError {
            attempted,
            source: Box::new(source),
        })
    }

    /// Runs `work` and keeps what it did, unless it ends in a conflict.
    async fn write<F>(&self, attempted: &'static str, work: F) -> Result<Write, StorageError>
    where
        F: FnOnce(&Connection) -> Result<(), Undo> + Send + 'static,
    {
        match self.database.write(work).await {
            Ok(()) => Ok(Write::Done),
            Err(Undo::Conflict) => Ok(Write::Conflict),
            Err(Undo::Failed(source)) => Err(StorageError {
                attempted,
                source: Box::new(source),
            }),
        }
    }
}

/// Why a write is undone.
#[derive(Debug)]
enum Undo {
    /// Another write came first.
    Conflict,
    /// The database did not serve.
    Failed(DatabaseError),
}

impl From<DatabaseError> for Undo {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error)
    }
}

impl From<rusqlite::Error> for Undo {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Self::Conflict,
            _ => Self::Failed(error.into()),
        }
    }
}

/// A statement that had to change one row and changed none met a conflict.
fn changed_one(rows: usize) -> Result<(), Undo> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Undo::Conflict)
    }
}
