//! The inbox as a collection.

use crate::mongodb::MongodbDatabase;
use async_trait::async_trait;
use bson::{Document, doc};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use mongodb::{ClientSession, Collection, Database};
use shared_events::inbox::{Inbox, InboxError};

const INBOX: &str = "inbox";

fn key(consumer: &str, event_id: &str) -> String {
    format!("{consumer}/{event_id}")
}

/// Records an event inside the caller's transaction; false when it was recorded before, and then the caller
/// does nothing more. Two transactions that record the same event conflict, and one of them is retried.
///
/// # Errors
/// The database refused.
pub async fn record(
    database: &Database,
    session: &mut ClientSession,
    consumer: &str,
    event_id: &str,
    now: DateTime<Utc>,
) -> mongodb::error::Result<bool> {
    let rows = database.collection::<Document>(INBOX);
    let row = doc! { "$setOnInsert": { "recorded_at": bson::DateTime::from_millis(now.timestamp_millis()) } };
    let result = rows
        .update_one(doc! { "_id": key(consumer, event_id) }, row)
        .upsert(true)
        .session(session)
        .await?;
    Ok(result.upserted_id.is_some())
}

/// The inbox of a MongoDB database.
#[derive(Debug, Clone)]
pub struct MongodbInbox {
    rows: Collection<Document>,
}

impl MongodbInbox {
    /// The inbox of `database`.
    #[must_use]
    pub fn new(database: &MongodbDatabase) -> Self {
        Self {
            rows: database.database().collection(INBOX),
        }
    }
}

fn failed(attempted: &'static str) -> impl FnOnce(mongodb::error::Error) -> InboxError {
    move |source| InboxError {
        attempted,
        source: Box::new(source),
    }
}

#[async_trait]
impl Inbox for MongodbInbox {
    async fn seen(&self, consumer: &str, event_ids: &[String]) -> Result<Vec<String>, InboxError> {
        let keys: Vec<String> = event_ids
            .iter()
            .map(|event_id| key(consumer, event_id))
            .collect();
        let find = async {
            self.rows
                .find(doc! { "_id": { "$in": &keys } })
                .await?
                .try_collect::<Vec<Document>>()
                .await
        };
        let rows = find.await.map_err(failed("look for events"))?;
        let found: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.get_str("_id").ok())
            .collect();
        let seen = event_ids
            .iter()
            .zip(&keys)
            .filter(|(_, key)| found.contains(&key.as_str()));
        Ok(seen.map(|(event_id, _)| event_id.clone()).collect())
    }

    async fn forget_before(&self, time: DateTime<Utc>) -> Result<u64, InboxError> {
        let old =
            doc! { "recorded_at": { "$lt": bson::DateTime::from_millis(time.timestamp_millis()) } };
        let result = self
            .rows
            .delete_many(old)
            .await
            .map_err(failed("forget old events"))?;
        Ok(result.deleted_count)
    }
}
