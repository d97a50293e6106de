//! The one moment of all stores that a backup is of.
//!
//! While the databases' writers are held, nothing can be committed, so nothing can be taken off an outbox and nothing
//! that was received can be acknowledged as dealt with: whatever the broker does meanwhile, its log is of the same
//! moment. What it holds too much is delivered again, and has its effect once.

use super::broker_log::WatchedBroker;
use super::database::{DatabaseError, WatchedDatabase};
use super::stores::{BROKER, DATABASES};
use std::path::Path;
use std::time::{Duration, Instant};

/// Rounds in which all writers are tried, some ten seconds in all when they are busy.
const ROUNDS: usize = 30;
/// Between two rounds whoever waits for a writer gets it.
const PAUSE: Duration = Duration::from_millis(50);

/// All stores of a data folder.
#[derive(Debug)]
pub(super) struct WatchedStores {
    pub(super) databases: Vec<WatchedDatabase>,
    pub(super) broker: Option<WatchedBroker>,
}

impl WatchedStores {
    /// Watches what there is: a service that never ran has no database.
    pub(super) fn open(data_dir: &Path) -> Result<Self, DatabaseError> {
        let paths = DATABASES.iter().map(|name| data_dir.join(name));
        let databases = paths
            .filter(|path| path.exists())
            .map(|path| WatchedDatabase::open(&path))
            .collect::<Result<_, _>>()?;
        let broker = data_dir.join(BROKER);
        Ok(Self {
            databases,
            broker: broker.is_dir().then(|| WatchedBroker::new(&broker)),
        })
    }

    /// Whether nothing has been added to the folder since.
    pub(super) fn are_all(&self, data_dir: &Path) -> bool {
        let databases = DATABASES.iter().filter(|name| data_dir.join(name).exists());
        databases.count() == self.databases.len()
            && data_dir.join(BROKER).is_dir() == self.broker.is_some()
    }

    /// Does the work while nobody commits. Answers also how long that was.
    pub(super) fn at_one_moment<T, E: From<DatabaseError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<(T, Duration), E> {
        let mut held = Instant::now();
        let result = match self.hold() {
            Ok(()) => {
                held = Instant::now();
                work(self)
            }
            Err(error) => Err(error.into()),
        };
        let released = self.release();
        let held = held.elapsed();
        let result = result?;
        released?;
        Ok((result, held))
    }

    /// Holds every writer, or none: one that is held must not wait for another longer than its service bears.
    fn hold(&self) -> Result<(), DatabaseError> {
        let hold = || self.databases.iter().try_for_each(WatchedDatabase::hold);
        for _ in 1..ROUNDS {
            match hold() {
                Err(error) if error.is_busy() => {
                    self.release()?;
                    std::thread::sleep(PAUSE);
                }
                held => return held,
            }
        }
        hold()
    }

    fn release(&self) -> Result<(), DatabaseError> {
        let releases = self.databases.iter().map(WatchedDatabase::release);
        releases.fold(Ok(()), Result::and)
    }
}
