//! The lease as a row. Beside it, each holder locks a file of its own: the operating system lets go of the lock when the process
//! dies, so that a restart after a crash waits for nobody.

use super::{
    WorkError,
    rows::{from_sql, to_sql},
};
use crate::storage::{Epoch, Lease};
use rusqlite::{Connection, OptionalExtension};
use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// The lock files beside a database.
#[derive(Debug)]
pub(super) struct LockFiles {
    database: PathBuf,
    /// The lock of the epoch that this process holds.
    held: Option<File>,
}

impl LockFiles {
    pub(super) fn beside(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
            held: None,
        }
    }

    /// Whether the process that held `epoch` is certainly gone: its file is there, and nobody locks it.
    pub(super) fn is_abandoned(&self, epoch: Epoch) -> bool {
        let file = File::open(self.path(epoch));
        file.is_ok_and(|file| file.try_lock_shared().is_ok())
    }

    /// Locks the file of an epoch that is about to begin; tells whether nobody else does.
    pub(super) fn lock(&mut self, epoch: Epoch) -> io::Result<bool> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path(epoch))?;
        if file.try_lock().is_err() {
            return Ok(false);
        }
        self.held = Some(file);
        Ok(true)
    }

    pub(super) fn unlock(&mut self) {
        self.held = None;
    }

    /// Forgets the file of an epoch that is over.
    pub(super) fn forget(&self, epoch: Epoch) {
        // It may never have been there.
        let _ = std::fs::remove_file(self.path(epoch));
    }

    fn path(&self, epoch: Epoch) -> PathBuf {
        let mut name = self.database.as_os_str().to_owned();
        name.push(format!(".writer-{epoch}.lock"));
        name.into()
    }
}

pub(super) fn read(connection: &Connection) -> Result<Lease, WorkError> {
    let mut select =
        connection.prepare_cached("SELECT epoch, beat, holder, free FROM lease WHERE only = 1")?;
    let row = select.query_row([], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, i64>(1)?,
            row.get(2)?,
            row.get(3)?,
        ))
    });
    let Some((epoch, beat, holder, is_free)) = row.optional()? else {
        return Ok(Lease {
            is_free: true,
            ..Lease::default()
        });
    };
    Ok(Lease {
        epoch: Epoch(from_sql(epoch)?),
        beat: from_sql(beat)?,
        holder,
        is_free,
    })
}

/// Begins the epoch after `seen`, if the lease still is as it was seen.
pub(super) fn take(connection: &Connection, seen: &Lease, holder: &str) -> Result<bool, WorkError> {
    let now = read(connection)?;
    if (now.epoch, now.beat) != (seen.epoch, seen.beat) {
        return Ok(false);
    }
    connection.execute(
        "INSERT OR REPLACE INTO lease (only, epoch, beat, holder, free) VALUES (1, ?1, 0, ?2, 0)",
        (to_sql(seen.epoch.0 + 1), holder),
    )?;
    Ok(true)
}

pub(super) fn renew(connection: &Connection, epoch: Epoch) -> Result<(), WorkError> {
    check(connection, epoch)?;
    connection
        .prepare_cached("UPDATE lease SET beat = beat + 1")?
        .execute([])?;
    Ok(())
}

pub(super) fn release(connection: &Connection, epoch: Epoch) -> Result<(), WorkError> {
    check(connection, epoch)?;
    connection.execute("UPDATE lease SET free = 1", [])?;
    Ok(())
}

/// Fails if another epoch has begun: in the same transaction as a write, that fences it.
pub(super) fn check(connection: &Connection, epoch: Epoch) -> Result<(), WorkError> {
    let current = read(connection)?.epoch;
    if current == epoch {
        Ok(())
    } else {
        Err(WorkError::Fenced { epoch, current })
    }
}
