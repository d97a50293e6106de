//! The contract over MongoDB: a collection for each thing, a multi-document transaction for each write that also announces.

mod catches;
mod cats;
mod commands;
mod documents;
mod imports;
mod reports;
mod schema;
mod sites;
mod steps;
mod traps;

use super::StorageError;
use bson::Document;
use documents::Unreadable;
use futures_util::TryStreamExt as _;
use mongodb::Collection;
use service_chassis::access_token::MongodbKeyring;
use service_chassis::clock::Clock;
use service_chassis::mongodb::MongodbDatabase;
use service_chassis::outbox::mongodb::MongodbOutbox;
use std::sync::Arc;

/// Mouse-trap's collections in a MongoDB database.
#[derive(Clone, Debug)]
pub struct MongodbStorage {
    database: MongodbDatabase,
}

/// The database did not serve, or holds what this program did not write.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// An operation failed.
    #[error("MongoDB refused an operation")]
    Operation(#[from] mongodb::error::Error),
    /// A document is not what this program writes.
    #[error("a document is not readable")]
    Unreadable(#[from] Unreadable),
}

impl MongodbStorage {
    /// Uses a database and makes sure of its indexes.
    pub async fn open(database: MongodbDatabase) -> Result<Self, StorageError> {
        let storage = Self { database };
        storage
            .ensure_indexes()
            .await
            .map_err(failed("make the indexes"))?;
        Ok(storage)
    }

    /// The database itself, for health checks.
    #[must_use]
    pub const fn database(&self) -> &MongodbDatabase {
        &self.database
    }

    /// The pending events.
    #[must_use]
    pub fn outbox(&self, clock: Arc<dyn Clock>) -> MongodbOutbox {
        MongodbOutbox::new(&self.database, clock)
    }

    /// What arrived about access tokens.
    #[must_use]
    pub fn keyring(&self) -> MongodbKeyring {
        MongodbKeyring::new(&self.database)
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.database().collection(name)
    }

    /// The document of that id, read.
    async fn find_one<T>(
        &self,
        collection: &'static str,
        filter: Document,
        read: fn(&Document) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Failure> {
        let found = self.collection(collection).find_one(filter).await?;
        Ok(found.as_ref().map(read).transpose()?)
    }

    /// The documents that the filter finds, read, in the order of `sort`, at most `limit`.
    async fn find<T>(
        &self,
        collection: &'static str,
        filter: Document,
        sort: Document,
        limit: u32,
        read: fn(&Document) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Failure> {
        let cursor = self
            .collection(collection)
            .find(filter)
            .sort(sort)
            .limit(i64::from(limit))
            .await?;
        let documents: Vec<Document> = cursor.try_collect().await?;
        Ok(documents.iter().map(read).collect::<Result<_, _>>()?)
    }
}

fn failed<E: Into<Failure>>(attempted: &'static str) -> impl FnOnce(E) -> StorageError {
    move |source| StorageError {
        attempted,
        source: Box::new(source.into()),
    }
}
