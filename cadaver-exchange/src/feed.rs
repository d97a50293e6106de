//! The live feed: market data over a WebSocket, from the same counter as everything else. `docs/market-data.md` is its protocol.
//!
//! A connection holds a place in the hub's ring for each subscription, and nothing else: whoever reads slowly gets several updates
//! as one, whoever is further behind gets a snapshot, and nobody else notices.

mod connection;
mod encode;
mod protocol;
mod reader;
mod snapshot;
mod stats;
mod subscription;

pub use connection::Connection;
pub use protocol::{Ask, Channel, Notice};
pub use reader::Reader;
pub use stats::FeedStats;
pub use subscription::{Next, Subscription};

use crate::{domain::Market, engine::EngineHandle, market_data::Hub};
use serde::Deserialize;
use snapshot::Cache;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How the feed works.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// Connections at the same time.
    pub max_connections: usize,
    /// Updates that may wait for a reader before it gets them as one.
    pub conflate_above: usize,
    /// How often a connection hears of its places, in milliseconds.
    pub heartbeat_ms: u64,
    /// How long a connection may be silent, or not take what it is sent, in milliseconds.
    pub idle_timeout_ms: u64,
}

/// What all connections share.
#[derive(Debug)]
pub struct Feed {
    hub: Arc<Hub>,
    engine: EngineHandle,
    journal: Uuid,
    settings: FeedSettings,
    connections: Arc<Semaphore>,
    snapshots: Vec<Cache>,
    stats: FeedStats,
    stop: CancellationToken,
}

impl Feed {
    /// The feed of the journal named `journal`, until `stop`.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        engine: EngineHandle,
        journal: Uuid,
        settings: FeedSettings,
        stop: CancellationToken,
    ) -> Self {
        let caches = Market::COUNT * Channel::ALL.len();
        Self {
            hub,
            engine,
            journal,
            settings,
            connections: Arc::new(Semaphore::new(settings.max_connections)),
            snapshots: (0..caches).map(|_| Cache::default()).collect(),
            stats: FeedStats::default(),
            stop,
        }
    }

    /// Whether an engine is at work, so that there is something to tell.
    #[must_use]
    pub fn is_trading(&self) -> bool {
        self.engine.is_trading()
    }

    /// What it has done so far.
    #[must_use]
    pub const fn stats(&self) -> &FeedStats {
        &self.stats
    }

    /// Room for one more connection, if there is any.
    #[must_use]
    pub fn admit(&self) -> Option<OwnedSemaphorePermit> {
        let room = self.connections.clone().try_acquire_owned().ok();
        if room.is_none() {
            self.stats.refused.inc();
        }
        room
    }

    const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.settings.heartbeat_ms)
    }

    const fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.settings.idle_timeout_ms)
    }

    fn snapshots(&self, market: Market, channel: Channel) -> &Cache {
        &self.snapshots[market.index() * Channel::ALL.len() + channel as usize]
    }
}
