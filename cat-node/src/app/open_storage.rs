//! Chooses the database by its URL's scheme.

use std::sync::Arc;
use std::time::Duration;

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
use crate::config::{ParseSettings, Settings};
use crate::storage::mongodb::{MongoOptions, MongoStorage, Reading};
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
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<Opened, OpenStorageError> {
    match &settings.database.url {
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
            let options = mongo_options(&settings.parse);
            Ok(Opened {
                storage: Arc::new(MongoStorage::open(&database, &options).await?),
                outbox,
            })
        }
    }
}

fn mongo_options(parse: &ParseSettings) -> MongoOptions {
    let options = &parse.database_options;
    MongoOptions {
        collection_prefix: parse.collection_prefix.clone(),
        indexes: system_indexes(parse),
        reading: Reading {
            batch_size: Some(options.batch_size),
            max_time: options.max_time_ms.map(Duration::from_millis),
        },
    }
}

fn system_indexes(parse: &ParseSettings) -> SystemIndexes {
    let options = &parse.database_options;
    let mut auth_providers: Vec<String> = parse.auth.keys().cloned().collect();
    if parse.enable_anonymous_users && !parse.auth.contains_key("anonymous") {
        auth_providers.push("anonymous".to_owned());
    }
    if !options.create_index_auth_data_uniqueness {
        auth_providers.clear();
    }
    let by_case = !parse.enable_collation_case_comparison;
    SystemIndexes {
        user_username: options.create_index_user_username,
        user_username_case_insensitive: by_case
            && options.create_index_user_username_case_insensitive,
        user_email: options.create_index_user_email,
        user_email_case_insensitive: by_case && options.create_index_user_email_case_insensitive,
        user_email_verify_token: options.create_index_user_email_verify_token,
        user_password_reset_token: options.create_index_user_password_reset_token,
        role_name: options.create_index_role_name,
        auth_providers,
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
