//! The outbox as a collection. Replicas of a service share it; one of them relays at a time.

use super::failed;
use crate::clock::Clock;
use crate::mongodb::MongodbDatabase;
use async_trait::async_trait;
use bson::{DateTime, doc};
use futures_util::TryStreamExt;
use mongodb::error::{ErrorKind, WriteFailure};
use mongodb::{ClientSession, Collection, Database};
use serde::{Deserialize, Serialize};
use shared_events::OutgoingEvent;
use shared_events::outbox::{Outbox, OutboxError, PendingEvent};
use std::sync::Arc;

const OUTBOX: &str = "outbox";
const LEASES: &str = "leases";
/// How long a relay that died keeps the others waiting, in milliseconds.
const LEASE_MS: i64 = 10_000;
/// MongoDB's code for a unique key that exists.
const DUPLICATE_KEY: i32 = 11_000;

/// An event in the collection. Its `_id` grows with time: the order of one aggregate's events is kept because
/// their transactions follow each other.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    position: String,
    event: OutgoingEvent,
}

/// Appends events inside the caller's transaction; the caller wakes the relay after it.
///
/// # Errors
/// The database refused.
pub async fn append(
    database: &Database,
    session: &mut ClientSession,
    events: &[OutgoingEvent],
) -> mongodb::error::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let rows: Vec<Row> = events
        .iter()
        .map(|event| Row {
            position: uuid::Uuid::now_v7().to_string(),
            event: event.clone(),
        })
        .collect();
    database
        .collection::<Row>(OUTBOX)
        .insert_many(rows)
        .session(session)
        .await
        .map(|_| ())
}

/// The outbox of a MongoDB database.
#[derive(Debug, Clone)]
pub struct MongodbOutbox {
    rows: Collection<Row>,
    leases: Collection<bson::Document>,
    holder: String,
    clock: Arc<dyn Clock>,
}

impl MongodbOutbox {
    /// The outbox of `database`.
    #[must_use]
    pub fn new(database: &MongodbDatabase, clock: Arc<dyn Clock>) -> Self {
        Self {
            rows: database.database().collection(OUTBOX),
            leases: database.database().collection(LEASES),
            holder: uuid::Uuid::new_v4().to_string(),
            clock,
        }
    }

    /// Takes or renews the lease; false when another replica has it.
    async fn hold_lease(&self) -> mongodb::error::Result<bool> {
        let now = self.clock.now().timestamp_millis();
        let free = doc! { "_id": "relay", "$or": [
            { "holder": &self.holder },
            { "expires_at": { "$lt": DateTime::from_millis(now) } },
        ] };
        let mine = doc! { "$set": { "holder": &self.holder, "expires_at": DateTime::from_millis(now + LEASE_MS) } };
        match self.leases.update_one(free, mine).upsert(true).await {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate_key(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether a write failed because a unique key exists.
#[must_use]
pub fn is_duplicate_key(error: &mongodb::error::Error) -> bool {
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        ErrorKind::InsertMany(error) => error
            .write_errors
            .iter()
            .flatten()
            .any(|error| error.code == DUPLICATE_KEY),
        _ => false,
    }
}

#[async_trait]
impl Outbox for MongodbOutbox {
    type Position = String;

    async fn pending(&self, limit: usize) -> Result<Vec<PendingEvent<String>>, OutboxError> {
        if !self
            .hold_lease()
            .await
            .map_err(|source| failed("take the relay's lease", source))?
        {
            return Ok(Vec::new());
        }
        let list = async {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            self.rows
                .find(doc! {})
                .sort(doc! { "_id": 1 })
                .limit(limit)
                .await?
                .try_collect::<Vec<Row>>()
                .await
        };
        let rows = list
            .await
            .map_err(|source| failed("list pending events", source))?;
        Ok(rows
            .into_iter()
            .map(|row| PendingEvent {
                position: row.position,
                event: row.event,
            })
            .collect())
    }

    async fn remove(&self, positions: Vec<String>) -> Result<(), OutboxError> {
        let published = doc! { "_id": { "$in": positions } };
        self.rows
            .delete_many(published)
            .await
            .map(|_| ())
            .map_err(|source| failed("remove published events", source))
    }
}
