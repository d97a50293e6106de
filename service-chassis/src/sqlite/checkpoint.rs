//! Moves the pages of the write-ahead log into the database file. That is many writes all over the file and a sync, so most of it is done
//! by a thread of its own while the writer goes on; what came in meanwhile is little, and the writer moves it itself, so that the log begins
//! anew.

use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// So many pages are a reason to move them: sixteen megabytes.
const MANY_PAGES: i32 = 4_000;
/// The writer does not let the log grow beyond these in one round, however slow the thread is, unless a reader needs them.
const TOO_MANY_PAGES: i32 = 32_000;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The writer's view of it.
struct Log {
    wake: SyncSender<()>,
    /// The thread has been through all that there was when it was woken.
    is_moved: Arc<AtomicBool>,
    /// How long the log was at the last commit.
    pages: i32,
    /// How long it may become until the next round.
    until: i32,
}

/// From now on what `writer` commits to the file at `path` is moved out of its log.
///
/// # Errors
/// The file cannot be opened once more, or there is no thread.
pub(super) fn keep(path: &Path, writer: &mut Connection) -> rusqlite::Result<()> {
    let mover = Connection::open(path)?;
    mover.busy_timeout(BUSY_TIMEOUT)?;
    // What is moved is synced before the log may begin anew.
    mover.execute_batch("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0")?;
    let (wake, woken) = sync_channel(1);
    let is_moved = Arc::new(AtomicBool::new(false));
    let mut log = Log {
        wake,
        is_moved: is_moved.clone(),
        pages: 0,
        until: MANY_PAGES,
    };
    std::thread::Builder::new()
        .name("sqlite-checkpoint".to_owned())
        .spawn(move || move_when_woken(&mover, &woken, &is_moved))
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    writer.wal_hook(Some(move |wal: &mut Wal, pages: i32| {
        log.grew(wal, pages);
        Ok(())
    }))
}

/// Ends with the writer.
fn move_when_woken(mover: &Connection, woken: &Receiver<()>, is_moved: &AtomicBool) {
    while woken.recv().is_ok() {
        if let Err(error) = mover.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log could not be moved into the database file; it is tried again");
        }
        is_moved.store(true, Relaxed);
    }
}

impl Log {
    /// The log has `pages` after a commit.
    fn grew(&mut self, wal: &mut Wal, pages: i32) {
        if pages < self.pages {
            self.until = MANY_PAGES;
        }
        self.pages = pages;
        let is_too_long = pages >= TOO_MANY_PAGES.max(self.until);
        if self.is_moved.swap(false, Relaxed) || is_too_long {
            self.move_the_rest(wal);
        } else if pages >= self.until {
            // It may be under way already.
            let _ = self.wake.try_send(());
        }
    }

    fn move_the_rest(&mut self, wal: &mut Wal) {
        // A reader may hold what it sees, and then the log goes on growing until the next round.
        self.until = self.pages + MANY_PAGES;
        if let Err(error) = wal.checkpoint() {
            tracing::debug!(%error, "the write-ahead log is being moved by another");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Database, DatabaseError, Migrations, Step};

    const SCHEMA: Migrations = Migrations {
        component: "test",
        steps: &[Step::Breaking(
            "CREATE TABLE t (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
        )],
    };
    const COMMITS: usize = 200;
    /// A megabyte in each commit.
    const ROWS: usize = 16;
    const ROW_BYTES: usize = 65_536;

    async fn insert(database: &Database) {
        let write = database.write(|connection| {
            for _ in 0..ROWS {
                let bytes = vec![7_u8; ROW_BYTES];
                connection.execute("INSERT INTO t (bytes) VALUES (?1)", [bytes])?;
            }
            Ok::<_, DatabaseError>(())
        });
        write.await.expect("written");
    }

    #[tokio::test]
    async fn the_log_stays_short_however_much_is_written_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let database = Database::open(&path, &[SCHEMA]).expect("opened");
        let mut longest = 0;
        for _ in 0..COMMITS {
            insert(&database).await;
            let log = std::fs::metadata(folder.path().join("a.db-wal")).expect("a log");
            longest = longest.max(log.len());
        }
        let written = (COMMITS * ROWS * ROW_BYTES) as u64;
        assert!(longest < written / 2, "the log grew to {longest} bytes");
        drop(database);
        let again = Database::open(&path, &[SCHEMA]).expect("opened again");
        let count = again.read(|connection| {
            let count = connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
            Ok::<usize, DatabaseError>(count?)
        });
        assert_eq!(count.await.expect("counted"), COMMITS * ROWS);
    }
}
