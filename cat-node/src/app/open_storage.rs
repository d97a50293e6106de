//! Chooses the database by its URL's scheme.

use std::sync::Arc;

use async_trait::async_trait;
use service_chassis::clock::Clock;
use service_chassis::config::DatabaseUrl;
use service_chassis::health::ReadinessCheck;
use service_chassis::mongodb::{ConnectMongodbError, MongodbDatabase};
use service_chassis::outbox::mongodb::MongodbOutbox;
use service_chassis::outbox::sqlite::SqliteOutbox;
use service_chassis::sqlite::DatabaseError;
use shared_events::bus::EventPublisher;
use shared_events::outbox::{Relay, RelayHandle, RelaySettings};
use tokio::sync::Notify;

use super::SERVICE;
use crate::storage::mongodb::MongoStorage;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Storage, StorageError, SystemIndexes};

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenStorageError {
    #[error(transparent)]
    Sqlite(#[from] DatabaseError),
    #[error(transparent)]
    Mongodb(#[from] ConnectMongodbError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// An open database.
pub(super) struct Opened {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) outbox: OpenOutbox,
}

/// The outbox that shares the database with the objects.
pub(super) enum OpenOutbox {
    Sqlite(SqliteOutbox),
    Mongodb(MongodbOutbox),
}

impl OpenOutbox {
    pub(super) fn spawn_relay(
        self,
        publisher: EventPublisher,
        settings: RelaySettings,
        wake: Arc<Notify>,
    ) -> RelayHandle {
        match self {
            Self::Sqlite(outbox) => Relay::new(outbox, publisher, settings, wake).spawn(),
            Self::Mongodb(outbox) => Relay::new(outbox, publisher, settings, wake).spawn(),
        }
    }
}

pub(super) async fn open(
    url: &DatabaseUrl,
    clock: Arc<dyn Clock>,
) -> Result<Opened, OpenStorageError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let storage = SqliteStorage::open(path)?;
            let outbox = OpenOutbox::Sqlite(SqliteOutbox(storage.database().clone()));
            Ok(Opened {
                storage: Arc::new(storage),
                outbox,
            })
        }
        DatabaseUrl::Mongodb(url) => {
            let database = MongodbDatabase::connect(url, SERVICE).await?;
            let outbox = OpenOutbox::Mongodb(MongodbOutbox::new(&database, clock));
            Ok(Opened {
                storage: Arc::new(MongoStorage::open(&database, &SystemIndexes::default()).await?),
                outbox,
            })
        }
    }
}

/// Whether the database answers.
#[derive(Debug)]
pub(super) struct DatabaseCheck(pub(super) Arc<dyn Storage>);

#[async_trait]
impl ReadinessCheck for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}
