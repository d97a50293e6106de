//! Chooses the database by its URL's scheme.

use crate::storage::{Storage, StorageError, mongodb::MongodbStorage, sqlite::SqliteStorage};
use service_chassis::{
    access_token::{Keyring, MongodbKeyring},
    config::DatabaseUrl,
    mongodb::{ConnectMongodbError, MongodbDatabase},
    sqlite::DatabaseError,
};
use std::sync::Arc;

use super::SERVICE;

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenStorageError {
    /// The SQLite file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] DatabaseError),
    /// MongoDB cannot be used.
    #[error(transparent)]
    Mongodb(#[from] ConnectMongodbError),
    /// The collections cannot be made.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// An open database.
pub(super) struct Opened {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) keyring: Arc<dyn Keyring>,
}

pub(super) async fn open(url: &DatabaseUrl) -> Result<Opened, OpenStorageError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let storage = SqliteStorage::open(path)?;
            Ok(Opened {
                keyring: Arc::new(storage.keyring()),
                storage: Arc::new(storage),
            })
        }
        DatabaseUrl::Mongodb(url) => {
            let database = MongodbDatabase::connect(url, SERVICE).await?;
            let keyring = Arc::new(MongodbKeyring::new(&database));
            Ok(Opened {
                storage: Arc::new(MongodbStorage::open(database).await?),
                keyring,
            })
        }
    }
}
