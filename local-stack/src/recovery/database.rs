//! A SQLite database that is watched for backups: nothing that was committed can be overwritten before it was seen.
//!
//! The reading transaction that is always open is what guarantees it: SQLite begins its write-ahead log from the front only
//! when no reader needs what is in it.

use super::stores::beside;
use super::wal::{CommittedPages, WalCursor, WalIndex};
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for the service's own write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for it while other services are held already.
const GATE_TIMEOUT: Duration = Duration::from_millis(250);
/// A write-ahead log that has grown to this is checkpointed here, as the watch keeps the service from doing so.
const CHECKPOINT_BYTES: u64 = 16 * 1024 * 1024;
/// A copy is made in one step: the reading transaction stays open anyway.
const ALL_PAGES: i32 = i32::MAX;

/// A database cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(super) enum DatabaseError {
    #[error("the database {} cannot be used", path.display())]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("the database {} cannot be read", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the database {} was replaced by another file", .0.display())]
    Replaced(PathBuf),
}

impl DatabaseError {
    /// Whether a service was writing.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite { source, .. } if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy))
    }
}

/// A database and the two connections that watch it.
#[derive(Debug)]
pub(super) struct WatchedDatabase {
    path: PathBuf,
    /// Which file it is, whatever has its name.
    inode: u64,
    /// Holds off writers for a moment; never writes.
    gate: Connection,
    /// Has a reading transaction open, always.
    reader: Connection,
    /// After the connections, as it is to be closed after them.
    index: WalIndex,
    cursor: WalCursor,
}

impl WatchedDatabase {
    /// Watches a database. It is seen from the first [`Self::see`] on.
    pub(super) fn open(path: &Path) -> Result<Self, DatabaseError> {
        let connect = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            Ok(connection)
        };
        let failed = |source| DatabaseError::Sqlite {
            path: path.to_owned(),
            source,
        };
        let (gate, reader) = (connect().map_err(failed)?, connect().map_err(failed)?);
        let in_use = "PRAGMA journal_mode=WAL; SELECT count(*) FROM sqlite_schema";
        gate.execute_batch(in_use).map_err(failed)?;
        gate.busy_timeout(GATE_TIMEOUT).map_err(failed)?;
        let index = WalIndex::open(path).map_err(|source| DatabaseError::Io {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            inode: inode(path)?,
            gate,
            reader,
            index,
            cursor: WalCursor::default(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// From now until [`Self::release`] nobody commits.
    pub(super) fn hold(&self) -> Result<(), DatabaseError> {
        if inode(&self.path)? != self.inode {
            return Err(DatabaseError::Replaced(self.path.clone()));
        }
        self.sql(self.gate.execute_batch("BEGIN IMMEDIATE"))
    }

    pub(super) fn release(&self) -> Result<(), DatabaseError> {
        match self.gate.is_autocommit() {
            true => Ok(()),
            false => self.sql(self.gate.execute_batch("ROLLBACK")),
        }
    }

    /// What was committed since the last call. Writers must be held.
    pub(super) fn see(&mut self) -> Result<CommittedPages, DatabaseError> {
        let wal = beside(&self.path, "-wal");
        let seen = self
            .cursor
            .advance(&self.path, &self.index)
            .map_err(|source| self.io(source))?;
        self.renew_reader()?;
        let length = std::fs::metadata(&wal).map_or(0, |wal| wal.len());
        if length > CHECKPOINT_BYTES {
            self.checkpoint()?;
        }
        Ok(seen)
    }

    /// Copies the database as the reading transaction sees it, which is as it was when it was last seen.
    pub(super) fn copy(&self, to: &Path) -> Result<(), DatabaseError> {
        let copy = || {
            let mut copy = Connection::open(to)?;
            {
                let backup = rusqlite::backup::Backup::new(&self.reader, &mut copy)?;
                backup.run_to_completion(ALL_PAGES, Duration::ZERO, None)?;
            }
            // Whole in one file, without companions.
            copy.query_row("PRAGMA journal_mode=DELETE", [], |_| Ok(()))
        };
        self.sql(copy())
    }

    /// All readers that matter are at the end, so everything can move into the database, and the next writer begins the
    /// file from the front.
    fn checkpoint(&self) -> Result<(), DatabaseError> {
        let checkpointer = self.sql(Connection::open(&self.path))?;
        self.sql(checkpointer.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())))?;
        self.renew_reader()
    }

    fn renew_reader(&self) -> Result<(), DatabaseError> {
        let renewed = || {
            if !self.reader.is_autocommit() {
                self.reader.execute_batch("COMMIT")?;
            }
            self.reader.execute_batch("BEGIN")?;
            self.reader
                .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        };
        self.sql(renewed())
    }

    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, DatabaseError> {
        result.map_err(|source| DatabaseError::Sqlite {
            path: self.path.clone(),
            source,
        })
    }

    fn io(&self, source: io::Error) -> DatabaseError {
        DatabaseError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn inode(path: &Path) -> Result<u64, DatabaseError> {
    match std::fs::metadata(path) {
        Ok(file) => Ok(file.ino()),
        Err(source) => Err(DatabaseError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}
