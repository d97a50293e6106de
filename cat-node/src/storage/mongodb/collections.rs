//! The collections of a database that hold classes: their names begin with parse-server's `collectionPrefix`.

use bson::{Document, doc};
use mongodb::{Collection, Database};

use super::error::unavailable;
use crate::storage::StorageError;

#[derive(Debug)]
pub(super) struct Collections {
    database: Database,
    prefix: String,
}

impl Collections {
    pub(super) fn new(database: Database, prefix: &str) -> Self {
        Self {
            database,
            prefix: prefix.to_owned(),
        }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// The name in the database of a class, of a join table or of another of parse-server's collections.
    pub(super) fn name(&self, of: &str) -> String {
        format!("{}{of}", self.prefix)
    }

    pub(super) fn get(&self, of: &str) -> Collection<Document> {
        self.database.collection(&self.name(of))
    }

    pub(super) async fn drop(&self, of: &str) -> Result<(), StorageError> {
        let dropped = self.get(of).drop().await;
        dropped.map_err(unavailable("remove a collection"))
    }

    pub(super) async fn ping(&self) -> Result<(), StorageError> {
        let pong = self.database.run_command(doc! {"ping": 1}).await;
        pong.map(drop).map_err(unavailable("answer"))
    }
}
