//! A journal that cannot be written: nobody sees what is not in it.

use crate::backends::{self, Backend};
use async_trait::async_trait;
use cadaver_exchange::{
    domain::{Command, Market, Outcome, Rules},
    engine::{self, EngineError, EngineSettings, EngineStopped, RunningEngine, recover},
    storage::{Entry, Recorded, Snapshot, Storage, StorageError, Told, TradeRecord},
};
use service_chassis::{clock::SystemClock, health::ReadinessCheck};
use shared_events::id::CatId;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::sync::Notify;
use uuid::Uuid;

/// A database whose disk can be made full.
#[derive(Debug)]
struct Fragile {
    storage: Arc<dyn Storage>,
    full: AtomicBool,
}

#[async_trait]
impl ReadinessCheck for Fragile {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.storage.check().await
    }
}

#[async_trait]
impl Storage for Fragile {
    async fn journal_id(&self) -> Result<Uuid, StorageError> {
        self.storage.journal_id().await
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), StorageError> {
        if self.full.load(SeqCst) {
            let source = Box::new(std::io::Error::other("the disk is full"));
            return Err(StorageError::Unavailable {
                attempted: "append to the journal",
                source,
            });
        }
        self.storage.append(entries).await
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StorageError> {
        self.storage.entries(after, limit).await
    }

    async fn known_sources(&self, sources: Vec<String>) -> Result<HashSet<String>, StorageError> {
        self.storage.known_sources(sources).await
    }

    async fn trades(
        &self,
        market: Market,
        before: u64,
        limit: usize,
    ) -> Result<Vec<TradeRecord>, StorageError> {
        self.storage.trades(market, before, limit).await
    }

    async fn told_after(&self, event: u64, limit: usize) -> Result<Vec<Told>, StorageError> {
        self.storage.told_after(event, limit).await
    }

    async fn published(&self) -> Result<u64, StorageError> {
        self.storage.published().await
    }

    async fn set_published(&self, event: u64) -> Result<(), StorageError> {
        self.storage.set_published(event).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StorageError> {
        self.storage.save_snapshot(snapshot).await
    }

    async fn snapshot_positions(&self) -> Result<Vec<u64>, StorageError> {
        self.storage.snapshot_positions().await
    }

    async fn snapshot(&self, position: u64) -> Result<Option<Snapshot>, StorageError> {
        self.storage.snapshot(position).await
    }
}

fn welcome(cat: &str) -> Command {
    Command::WelcomeCat {
        cat: CatId::new(cat).unwrap(),
    }
}

async fn start(storage: Arc<Fragile>) -> RunningEngine {
    let recovered = recover(storage.as_ref()).await.unwrap();
    let settings = EngineSettings {
        snapshot_every: 1_000,
        tick: Duration::from_secs(60),
    };
    let (clock, told) = (Arc::new(SystemClock), Arc::new(Notify::new()));
    engine::start(storage, clock, settings, recovered, Rules::default(), told)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_failed_write_stops_the_engine_before_anyone_sees_its_effect() {
    let database = backends::open(Backend::Sqlite).await.unwrap();
    let storage = Arc::new(Fragile {
        storage: database.storage.clone(),
        full: AtomicBool::new(false),
    });
    let engine = start(storage.clone()).await;
    assert_eq!(
        engine.handle.submit(welcome("tom")).await,
        Ok(Outcome::Done)
    );

    storage.full.store(true, SeqCst);
    let submit = engine.handle.submit(welcome("kitty"));
    let look = engine
        .handle
        .look(|exchange, _| exchange.account(&CatId::new("kitty").unwrap()));
    let (submitted, seen) = tokio::join!(submit, look);
    assert_eq!(submitted, Err(EngineStopped));
    assert_eq!(seen, Err(EngineStopped));
    let ended = engine.task.await.unwrap();
    assert!(matches!(ended, Err(EngineError::Journal(_))), "{ended:?}");

    storage.full.store(false, SeqCst);
    let engine = start(storage).await;
    let known = engine.handle.look(|exchange, _| {
        ["tom", "kitty"].map(|cat| exchange.account(&CatId::new(cat).unwrap()).is_some())
    });
    assert_eq!(known.await, Ok([true, false]));
    engine.handle.stop().await;
    assert!(engine.task.await.unwrap().is_ok());
}
