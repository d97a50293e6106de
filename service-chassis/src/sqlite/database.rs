//! A SQLite file in use.

use super::quick::{self, QuickReader};
use super::writer::{self, Work};
use super::{Migrations, checkpoint, migrations};
use crate::health::ReadinessCheck;
use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// Pieces of work that may wait for the writer before callers wait to queue.
const QUEUE: usize = 4_096;
/// Readers at the same time.
const READERS: usize = 4;
/// How long to wait for another process that writes the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages that the writer keeps in memory, in KiB.
const WRITER_CACHE_KIB: i64 = 8_192;
/// Pages that each reader keeps in memory, in KiB; the system's own cache stands behind it.
const READER_CACHE_KIB: i64 = 2_048;
/// Prepared statements kept for each connection.
const STATEMENT_CACHE: usize = 128;

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file cannot be opened.
    #[error("the database file {} cannot be opened; does its folder exist, and may this user write there?", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A newer program has changed the file in a way that this one does not know.
    #[error(
        "the database's {component} schema is at version {version} and needs a program that knows version {compatible_from}, this one knows {known}: use a newer program, or restore a backup of before the upgrade"
    )]
    FromTheFuture {
        /// Which schema.
        component: &'static str,
        /// Its version in the file.
        version: usize,
        /// What a program must know to work with it.
        compatible_from: usize,
        /// The newest version that this program knows.
        known: usize,
    },
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] rusqlite::Error),
    /// The statements went well, the commit did not: nothing was stored.
    #[error("the database could not commit")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// The work had a defect and was undone.
    #[error("the database work panicked and was undone")]
    Panicked,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
}

/// A SQLite file: cheap to clone, closed when the last clone is gone.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    queue: mpsc::Sender<Work>,
    readers: Mutex<Vec<Connection>>,
    /// One for each thread that reads quickly; made when it is first needed.
    quick_readers: Mutex<Vec<QuickReader>>,
    permits: Arc<Semaphore>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({})", self.inner.path.display())
    }
}

impl Database {
    /// Opens the file, makes it and its folder when they are missing, and brings its schema up to date.
    ///
    /// # Errors
    /// The file cannot be opened, or a newer version wrote it.
    pub fn open(path: &Path, all: &[Migrations]) -> Result<Self, DatabaseError> {
        let failed = |source| DatabaseError::Open {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| {
                failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
            })?;
        }
        let mut connection = Connection::open(path).map_err(failed)?;
        prepare(&connection, WRITER_CACHE_KIB).map_err(failed)?;
        connection
            .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864")
            .map_err(failed)?;
        migrations::apply(&mut connection, all)?;
        checkpoint::keep(path, &mut connection).map_err(failed)?;
        let (queue, receiver) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || writer::run_until_closed(&connection, receiver))
            .map_err(|error| failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                queue,
                readers: Mutex::default(),
                quick_readers: Mutex::default(),
                permits: Arc::new(Semaphore::new(READERS)),
            }),
        })
    }

    /// Queues work for the writer. It runs in a savepoint: all of it is stored, or nothing. When this
    /// returns `Ok`, it is on disk.
    ///
    /// # Errors
    /// Those of the work, or the commit failed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (work, answer) = writer::work(work);
        self.inner
            .queue
            .send(work)
            .await
            .map_err(|_| DatabaseError::Closed)?;
        answer
            .await
            .unwrap_or_else(|_| Err(DatabaseError::Closed.into()))
    }

    /// Reads on one of the reading connections; sees all that was answered before.
    ///
    /// # Errors
    /// Those of the work, or no connection can be had.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let permit = self
            .inner
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| DatabaseError::Closed)?;
        let inner = self.inner.clone();
        let task = tokio::task::spawn_blocking(move || {
            let kept = inner.readers.lock().pop();
            let connection = match kept {
                Some(connection) => connection,
                None => open_reader(&inner.path)?,
            };
            let result = work(&connection);
            inner.readers.lock().push(connection);
            drop(permit);
            result
        });
        task.await
            .unwrap_or_else(|_| Err(DatabaseError::Panicked.into()))
    }

    /// Reads on the calling thread as long as that is quick: most reads take less time than handing them over to another
    /// thread. Work that turns out to be long is given up after a bounded number of steps and done again by [`Self::read`].
    ///
    /// # Errors
    /// Those of the work, or no connection can be had.
    pub async fn read_quick<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
        F: Fn(&Connection) -> Result<T, E> + Send + 'static,
    {
        let kept = self.inner.quick_readers.lock().pop();
        let reader = match kept {
            Some(reader) => reader,
            None => {
                QuickReader::new(open_reader(&self.inner.path)?).map_err(DatabaseError::from)?
            }
        };
        let result = reader.run(&work);
        self.inner.quick_readers.lock().push(reader);
        match result {
            quick::Outcome::Done(result) => result,
            quick::Outcome::TooLong => self.read(work).await,
            quick::Outcome::Panicked => Err(DatabaseError::Panicked.into()),
        }
    }
}

fn open_reader(path: &Path) -> Result<Connection, DatabaseError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |source| DatabaseError::Open {
        path: path.to_owned(),
        source,
    };
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    prepare(&connection, READER_CACHE_KIB).map_err(failed)?;
    Ok(connection)
}

fn prepare(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Otherwise SQLite plans a prepared statement anew whenever some of its bound values change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.execute_batch("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY")
}

#[async_trait]
impl ReadinessCheck for Database {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.read(|connection| {
            connection
                .query_row("SELECT 1", [], |_| Ok(()))
                .map_err(DatabaseError::from)
        })
        .await
        .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Step;

    const SCHEMA: Migrations = Migrations {
        component: "test",
        steps: &[Step::Breaking(
            "CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT",
        )],
    };

    async fn insert(database: &Database, n: i64) -> Result<(), DatabaseError> {
        database
            .write(move |connection| {
                Ok(connection
                    .execute("INSERT INTO t VALUES (?1)", [n])
                    .map(|_| ())?)
            })
            .await
    }

    async fn count(database: &Database) -> i64 {
        database
            .read(|connection| {
                Ok::<_, DatabaseError>(connection.query_row(
                    "SELECT count(*) FROM t",
                    [],
                    |row| row.get(0),
                )?)
            })
            .await
            .expect("counted")
    }

    #[tokio::test]
    async fn failed_work_leaves_nothing_and_harms_no_neighbour() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("new/folder/a.db");
        let database = Database::open(&path, &[SCHEMA]).expect("opened");
        let twice = database.write(|connection| {
            connection.execute("INSERT INTO t VALUES (100)", [])?;
            connection.execute("INSERT INTO t VALUES (1)", [])?;
            Ok::<_, DatabaseError>(())
        });
        let panics = database.write(|_| -> Result<(), DatabaseError> { panic!("a defect") });
        let (first, second, third, fourth) =
            tokio::join!(insert(&database, 1), twice, panics, insert(&database, 2));
        assert!(first.is_ok() && fourth.is_ok());
        assert!(matches!(second, Err(DatabaseError::Statement(_))));
        assert!(matches!(third, Err(DatabaseError::Panicked)));
        assert_eq!(count(&database).await, 2);
        drop(database);
        let again = Database::open(&path, &[SCHEMA]).expect("opened again");
        assert_eq!(count(&again).await, 2);
    }

    #[tokio::test]
    async fn a_file_of_a_newer_version_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.db");
        drop(Database::open(&path, &[SCHEMA]).expect("opened"));
        let older = Migrations {
            component: "test",
            steps: &[],
        };
        assert!(matches!(
            Database::open(&path, &[older]),
            Err(DatabaseError::FromTheFuture {
                version: 1,
                known: 0,
                ..
            })
        ));
    }
}
