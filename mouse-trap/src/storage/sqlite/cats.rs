//! Forgetting a cat in SQLite.

use super::SqliteStorage;
use crate::storage::{CatStorage, StorageError};
use async_trait::async_trait;
use rusqlite::params;
use shared_events::id::CatId;

const FORGET: [&str; 4] = [
    "UPDATE traps SET owner = ?2, version = version + 1 WHERE owner = ?1",
    "UPDATE captures SET hunter = ?2 WHERE hunter = ?1",
    "UPDATE bycatch SET hunter = ?2 WHERE hunter = ?1",
    "UPDATE commands SET asked_by = ?2 WHERE asked_by = ?1",
];

#[async_trait]
impl CatStorage for SqliteStorage {
    async fn forget_cat(&self, cat: &CatId) -> Result<(), StorageError> {
        let cat = cat.clone();
        let forgotten = self.write("forget a cat", move |tx| {
            for statement in FORGET {
                tx.prepare_cached(statement)?
                    .execute(params![cat.as_str(), CatId::erased().as_str()])?;
            }
            Ok(())
        });
        forgotten.await.map(drop)
    }
}
