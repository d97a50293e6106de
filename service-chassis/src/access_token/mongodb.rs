//! The keyring as collections.

use super::{Keyring, KeyringError, Revocation};
use crate::mongodb::MongodbDatabase;
use async_trait::async_trait;
use bson::{Document, doc};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use mongodb::Collection;
use shared_events::events::cat_node::KeysPublished;

/// The keyring of a MongoDB database.
#[derive(Debug, Clone)]
pub struct MongodbKeyring {
    keys: Collection<Document>,
    revoked: Collection<Document>,
}

impl MongodbKeyring {
    /// The keyring of `database`.
    #[must_use]
    pub fn new(database: &MongodbDatabase) -> Self {
        let database = database.database();
        Self {
            keys: database.collection("keyring"),
            revoked: database.collection("revoked_sessions"),
        }
    }
}

fn failed(attempted: &'static str) -> impl Fn(mongodb::error::Error) -> KeyringError {
    move |source| KeyringError::because(attempted)(source.into())
}

#[async_trait]
impl Keyring for MongodbKeyring {
    async fn load(&self) -> Result<(Option<KeysPublished>, Vec<Revocation>), KeyringError> {
        let kept = self
            .keys
            .find_one(doc! { "_id": "keys" })
            .await
            .map_err(failed("be read"))?;
        let keys = kept
            .as_ref()
            .and_then(|row| row.get_str("keys").ok())
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| KeyringError::because("be understood")(error.into()))?;
        let find = async {
            self.revoked
                .find(doc! {})
                .await?
                .try_collect::<Vec<Document>>()
                .await
        };
        let rows = find.await.map_err(failed("be read"))?;
        let revocations = rows.iter().filter_map(|row| {
            let revoked_at = row.get_datetime("revoked_at").ok()?.to_chrono();
            Some(Revocation {
                session: row.get_str("_id").ok()?.to_owned(),
                revoked_at,
            })
        });
        Ok((keys, revocations.collect()))
    }

    async fn keep_keys(&self, keys: &KeysPublished) -> Result<(), KeyringError> {
        let json = serde_json::to_string(keys)
            .map_err(|error| KeyringError::because("be written")(error.into()))?;
        let update = doc! { "$set": { "keys": json } };
        self.keys
            .update_one(doc! { "_id": "keys" }, update)
            .upsert(true)
            .await
            .map_err(failed("keep keys"))?;
        Ok(())
    }

    async fn keep_revocations(
        &self,
        revocations: &[Revocation],
        obsolete: DateTime<Utc>,
    ) -> Result<(), KeyringError> {
        for revocation in revocations {
            let at = bson::DateTime::from_millis(revocation.revoked_at.timestamp_millis());
            let row = doc! { "$setOnInsert": { "revoked_at": at } };
            self.revoked
                .update_one(doc! { "_id": &revocation.session }, row)
                .upsert(true)
                .await
                .map_err(failed("keep revocations"))?;
        }
        let old = doc! { "revoked_at": { "$lt": bson::DateTime::from_millis(obsolete.timestamp_millis()) } };
        self.revoked
            .delete_many(old)
            .await
            .map_err(failed("forget old revocations"))?;
        Ok(())
    }
}
