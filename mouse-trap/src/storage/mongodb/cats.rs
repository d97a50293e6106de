//! Forgetting a cat in MongoDB.

use super::MongodbStorage;
use super::steps::Step;
use crate::storage::{CatStorage, StorageError};
use async_trait::async_trait;
use bson::doc;
use shared_events::id::CatId;

/// The fields that name a cat.
const NAMES_OF_CATS: [(&str, &str); 4] = [
    ("traps", "owner"),
    ("captures", "hunter"),
    ("bycatch", "hunter"),
    ("commands", "asked_by"),
];

#[async_trait]
impl CatStorage for MongodbStorage {
    async fn forget_cat(&self, cat: &CatId) -> Result<(), StorageError> {
        let steps = NAMES_OF_CATS.map(|(collection, field)| {
            let mut update = doc! { "$set": { field: CatId::erased().as_str() } };
            if collection == "traps" {
                update.insert("$inc", doc! { "version": 1_i64 });
            }
            Step::UpdateMany {
                collection,
                filter: doc! { field: cat.as_str() },
                update,
            }
        });
        self.write("forget a cat", steps.into()).await.map(drop)
    }
}
