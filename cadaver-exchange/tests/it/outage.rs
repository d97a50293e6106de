//! A journal that cannot be written: nobody sees what is not in it.

use crate::backends::{self, Backend};
use async_trait::async_trait;
use cadaver_exchange::{
    domain::{Command, Market, Moment, Outcome, Rules},
    engine::{
        self, EngineError, EngineHandle, EngineSettings, NotTrading, RunningEngine, Shadow,
        Surroundings, recover,
    },
    lease::Contest,
    market_data::{
        Hub,
        candle::{Base, Candle},
    },
    storage::{
        Entry, Epoch, Lease, Recorded, Snapshot, StatedLine, Storage, StorageError, Told,
        TradeRecord,
    },
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

/// Longer than the test takes.
const TTL: Duration = Duration::from_secs(60);

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

    async fn lease(&self) -> Result<Lease, StorageError> {
        self.storage.lease().await
    }

    async fn take_lease(&self, seen: Lease, holder: String) -> Result<Option<Epoch>, StorageError> {
        self.storage.take_lease(seen, holder).await
    }

    async fn renew_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        self.storage.renew_lease(epoch).await
    }

    async fn release_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        self.storage.release_lease(epoch).await
    }

    async fn append(&self, epoch: Epoch, entries: Vec<Entry>) -> Result<(), StorageError> {
        if self.full.load(SeqCst) {
            let source = Box::new(std::io::Error::other("the disk is full"));
            return Err(StorageError::Unavailable {
                attempted: "append to the journal",
                source,
            });
        }
        self.storage.append(epoch, entries).await
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

    async fn candles(
        &self,
        market: Market,
        base: Base,
        span: (Moment, Moment),
    ) -> Result<Vec<Candle>, StorageError> {
        self.storage.candles(market, base, span).await
    }

    async fn statement(
        &self,
        cat: CatId,
        before: u64,
        limit: usize,
    ) -> Result<Vec<StatedLine>, StorageError> {
        self.storage.statement(cat, before, limit).await
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

async fn start(storage: Arc<Fragile>) -> (EngineHandle, RunningEngine) {
    let hub = Arc::new(Hub::default());
    let recovered = recover(storage.as_ref(), &hub).await.unwrap();
    let settings = EngineSettings {
        snapshot_every: 1_000,
        tick: Duration::from_secs(60),
    };
    let mut contest = Contest::new("a test".to_owned(), TTL, Arc::new(SystemClock));
    let tenure = contest.try_take(storage.as_ref()).await.unwrap().unwrap();
    let with = Surroundings {
        tenure,
        shadow: Arc::new(Shadow::of(storage.clone())),
        storage,
        clock: Arc::new(SystemClock),
        settings,
        told: Arc::new(Notify::new()),
        hub,
    };
    let (handle, idle) = EngineHandle::new();
    let ready = engine::prepare(idle, with, recovered, Rules::default()).await;
    (handle, ready.unwrap().spawn())
}

#[tokio::test]
async fn a_failed_write_stops_the_engine_before_anyone_sees_its_effect() {
    let database = backends::open(Backend::Sqlite).await.unwrap();
    let storage = Arc::new(Fragile {
        storage: database.storage.clone(),
        full: AtomicBool::new(false),
    });
    let (handle, engine) = start(storage.clone()).await;
    assert_eq!(handle.submit(welcome("tom")).await, Ok(Outcome::Done));

    storage.full.store(true, SeqCst);
    let submit = handle.submit(welcome("kitty"));
    let look = handle.look(|exchange, _| exchange.account(&CatId::new("kitty").unwrap()));
    let (submitted, seen) = tokio::join!(submit, look);
    assert_eq!(submitted, Err(NotTrading::Stopped));
    assert_eq!(seen, Err(NotTrading::Stopped));
    let ended = engine.task.await.unwrap();
    assert!(matches!(ended, Err(EngineError::Journal(_))), "{ended:?}");

    storage.full.store(false, SeqCst);
    storage.release_lease(Epoch(1)).await.unwrap();
    let (handle, engine) = start(storage).await;
    let known = handle.look(|exchange, _| {
        ["tom", "kitty"].map(|cat| exchange.account(&CatId::new(cat).unwrap()).is_some())
    });
    assert_eq!(known.await, Ok([true, false]));
    handle.stop().await;
    assert!(engine.task.await.unwrap().is_ok());
}
