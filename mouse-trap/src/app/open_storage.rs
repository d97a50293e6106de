//! Chooses the database by its URL's scheme.

use super::SERVICE;
use crate::storage::mongodb::MongodbStorage;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Storage, StorageError};
use service_chassis::access_token::Keyring;
use service_chassis::clock::Clock;
use service_chassis::config::DatabaseUrl;
use service_chassis::health::ReadinessCheck;
use service_chassis::mongodb::{ConnectMongodbError, MongodbDatabase};
use service_chassis::sqlite::DatabaseError;
use shared_events::bus::EventPublisher;
use shared_events::outbox::{Relay, RelayHandle, RelaySettings};
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::Notify;

/// The database cannot be used.
#[derive(Debug, Error)]
pub enum OpenStorageError {
    /// The SQLite file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] DatabaseError),
    /// The MongoDB deployment cannot be used.
    #[error(transparent)]
    Mongodb(#[from] ConnectMongodbError),
    /// It answers, but not as it must.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Starts a relay of the database's outbox.
type SpawnRelay = Box<dyn FnOnce(EventPublisher, RelaySettings, Arc<Notify>) -> RelayHandle + Send>;

/// A database in use.
pub struct Opened {
    /// What the use cases see of it.
    pub storage: Arc<dyn Storage>,
    /// What arrived about access tokens.
    pub keyring: Arc<dyn Keyring>,
    /// Whether it serves.
    pub readiness: Arc<dyn ReadinessCheck>,
    /// Starts the relay of its outbox.
    pub spawn_relay: SpawnRelay,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?})", self.storage)
    }
}

/// Opens the database of that URL and brings its schema up to date.
pub async fn open_storage(
    url: &DatabaseUrl,
    clock: &Arc<dyn Clock>,
) -> Result<Opened, OpenStorageError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let storage = SqliteStorage::open(path)?;
            let outbox = storage.outbox();
            Ok(Opened {
                keyring: Arc::new(storage.keyring()),
                readiness: Arc::new(storage.database().clone()),
                spawn_relay: Box::new(|publisher, settings, wake| {
                    Relay::new(outbox, publisher, settings, wake).spawn()
                }),
                storage: Arc::new(storage),
            })
        }
        DatabaseUrl::Mongodb(url) => {
            let storage =
                MongodbStorage::open(MongodbDatabase::connect(url, SERVICE).await?).await?;
            let outbox = storage.outbox(clock.clone());
            Ok(Opened {
                keyring: Arc::new(storage.keyring()),
                readiness: Arc::new(storage.database().clone()),
                spawn_relay: Box::new(|publisher, settings, wake| {
                    Relay::new(outbox, publisher, settings, wake).spawn()
                }),
                storage: Arc::new(storage),
            })
        }
    }
}
