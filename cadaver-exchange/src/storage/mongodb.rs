//! The journal in MongoDB: one document per entry, which holds its events and trades, so that all of it is written or
//! nothing, without a transaction. Its `_id` is the position, so that of two writers one is refused.

mod candles;
mod journal;
mod lease;
mod marks;
mod rows;
mod snapshots;
mod statement;

use super::{
    Entry, Epoch, Lease, Recorded, Snapshot, StatedLine, Storage, StorageError, Told, TradeRecord,
};
use crate::{
    domain::{Market, Moment},
    market_data::candle::{Base, Candle},
};
use async_trait::async_trait;
use bson::{Document, doc};
use candles::Candles;
use mongodb::{
    Collection, IndexModel,
    options::{CollectionOptions, IndexOptions, WriteConcern},
};
use service_chassis::{health::ReadinessCheck, mongodb::MongodbDatabase};
use shared_events::id::CatId;
use std::collections::HashSet;
use uuid::Uuid;

/// A MongoDB database as the exchange's storage.
#[derive(Debug, Clone)]
pub struct MongodbStorage {
    database: MongodbDatabase,
    journal: Collection<Document>,
    snapshots: Collection<Document>,
    chunks: Collection<Document>,
    marks: Collection<Document>,
    candles: Candles,
}

impl MongodbStorage {
    /// Uses the database, making its collections and indexes when they are missing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open(database: MongodbDatabase) -> Result<Self, StorageError> {
        let durable = WriteConcern::builder()
            .w(mongodb::options::Acknowledgment::Majority)
            .journal(true)
            .build();
        let options = CollectionOptions::builder().write_concern(durable).build();
        let collection = |name| {
            database
                .database()
                .collection_with_options(name, options.clone())
        };
        let journal = collection("journal");
        // A candle that is lost is made good from the journal, so it need not be as durable.
        let kept = database.database().collection("candle");
        let storage = Self {
            candles: Candles::of(journal.clone(), kept),
            journal,
            snapshots: collection("snapshot"),
            chunks: collection("snapshot_chunk"),
            marks: collection("mark"),
            database,
        };
        storage
            .make_indexes()
            .await
            .map_err(unavailable("make the indexes"))?;
        storage.candles.catch_up().await?;
        Ok(storage)
    }

    async fn make_indexes(&self) -> mongodb::error::Result<()> {
        let with_source = doc! { "source": { "$exists": true } };
        let once = IndexOptions::builder()
            .unique(true)
            .partial_filter_expression(with_source)
            .build();
        let indexes = [
            IndexModel::builder()
                .keys(doc! { "source": 1 })
                .options(once)
                .build(),
            IndexModel::builder()
                .keys(doc! { "events_through": 1 })
                .build(),
            IndexModel::builder()
                .keys(doc! { "trades.market": 1, "trades.number": -1 })
                .build(),
            IndexModel::builder()
                .keys(doc! { "trades.market": 1, "at_ms": 1 })
                .build(),
            IndexModel::builder()
                .keys(doc! { "line_keys.cat": 1, "line_keys.number": -1 })
                .build(),
        ];
        self.journal.create_indexes(indexes).await?;
        self.candles.make_index().await?;
        self.chunks
            .create_index(
                IndexModel::builder()
                    .keys(doc! { "position": 1, "index": 1 })
                    .build(),
            )
            .await?;
        Ok(())
    }
}

fn unavailable(attempted: &'static str) -> impl Fn(mongodb::error::Error) -> StorageError {
    move |error| StorageError::Unavailable {
        attempted,
        source: Box::new(error),
    }
}

#[async_trait]
impl ReadinessCheck for MongodbStorage {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.database.check().await
    }
}

#[async_trait]
impl Storage for MongodbStorage {
    async fn journal_id(&self) -> Result<Uuid, StorageError> {
        marks::journal_id(&self.marks).await
    }

    async fn lease(&self) -> Result<Lease, StorageError> {
        lease::read(&self.marks).await
    }

    async fn take_lease(&self, seen: Lease, holder: String) -> Result<Option<Epoch>, StorageError> {
        let taken = lease::take(&self.marks, &seen, &holder).await?;
        Ok(taken.then_some(Epoch(seen.epoch.0 + 1)))
    }

    async fn renew_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        lease::renew(&self.marks, epoch).await
    }

    async fn release_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        lease::release(&self.marks, epoch).await
    }

    async fn append(&self, epoch: Epoch, entries: Vec<Entry>) -> Result<(), StorageError> {
        match journal::append(&self.journal, epoch, &entries).await {
            Err(StorageError::PositionTaken(position)) => {
                let current = self.lease().await?.epoch;
                Err(if current == epoch {
                    StorageError::PositionTaken(position)
                } else {
                    StorageError::Fenced { epoch, current }
                })
            }
            Ok(()) => {
                self.candles.follow(&entries).await;
                Ok(())
            }
            failed => failed,
        }
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StorageError> {
        journal::entries(&self.journal, after, limit).await
    }

    async fn known_sources(&self, sources: Vec<String>) -> Result<HashSet<String>, StorageError> {
        journal::known_sources(&self.journal, sources).await
    }

    async fn trades(
        &self,
        market: Market,
        before: u64,
        limit: usize,
    ) -> Result<Vec<TradeRecord>, StorageError> {
        journal::trades(&self.journal, market, before, limit).await
    }

    async fn candles(
        &self,
        market: Market,
        base: Base,
        span: (Moment, Moment),
    ) -> Result<Vec<Candle>, StorageError> {
        self.candles.between(market, base, span).await
    }

    async fn statement(
        &self,
        cat: CatId,
        before: u64,
        limit: usize,
    ) -> Result<Vec<StatedLine>, StorageError> {
        statement::before(&self.journal, &cat, before, limit).await
    }

    async fn told_after(&self, event: u64, limit: usize) -> Result<Vec<Told>, StorageError> {
        journal::told_after(&self.journal, event, limit).await
    }

    async fn published(&self) -> Result<u64, StorageError> {
        marks::published(&self.marks).await
    }

    async fn set_published(&self, event: u64) -> Result<(), StorageError> {
        marks::set_published(&self.marks, event).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StorageError> {
        snapshots::save(&self.snapshots, &self.chunks, snapshot).await
    }

    async fn snapshot_positions(&self) -> Result<Vec<u64>, StorageError> {
        snapshots::positions(&self.snapshots).await
    }

    async fn snapshot(&self, position: u64) -> Result<Option<Snapshot>, StorageError> {
        snapshots::load(&self.snapshots, &self.chunks, position).await
    }
}
