//! From standing by to trading, and to the end in good order.

use super::{
    BuildError, EndedError,
    standing::{Standing, Trades},
};
use crate::{
    domain::Rules,
    engine::{
        self, EngineHandle, EngineSettings, Idle, Replay, RunningEngine, Shadow, Surroundings,
    },
    events::outbox::JournalOutbox,
    lease::{self, Contest, Tenure},
    market_data::Hub,
    search::{LotIndex, SearchStats, indexer},
    storage::{Storage, StorageError},
};
use async_trait::async_trait;
use service_chassis::{clock::Clock, health::ReadinessCheck, metrics::Metrics};
use shared_events::{
    bus::{Bus, EventPublisher},
    outbox::{Relay, RelayHandle, RelaySettings},
};
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// All that trading needs, but for the lease.
pub(super) struct Candidate {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: EngineSettings,
    pub(super) rules: Rules,
    pub(super) relay: RelaySettings,
    pub(super) bus: Bus,
    pub(super) metrics: Metrics,
    pub(super) hub: Arc<Hub>,
    pub(super) shadow: Arc<Shadow>,
    pub(super) engine: EngineHandle,
    pub(super) idle: Idle,
    pub(super) contest: Contest,
    pub(super) journal: Uuid,
    pub(super) index: Arc<dyn LotIndex>,
    pub(super) search: SearchStats,
    pub(super) standing: Standing,
}

/// An exchange that trades.
pub(super) struct Leader {
    storage: Arc<dyn Storage>,
    engine: EngineHandle,
    running: RunningEngine,
    relay: RelayHandle,
    tenure: Tenure,
    index_stop: DropGuard,
    trades: Trades,
}

/// Either of the two.
pub(super) enum Role {
    StandBy(Box<Candidate>),
    Leader(Leader),
}

impl Candidate {
    /// Leads at once if the lease is free.
    pub(super) async fn start(mut self) -> Result<Role, BuildError> {
        match self.contest.try_take(self.storage.as_ref()).await? {
            Some(tenure) => Ok(Role::Leader(self.lead(tenure, None).await?)),
            None => Ok(Role::StandBy(Box::new(self))),
        }
    }

    /// Waits for the lease and follows the journal meanwhile; nothing if `stop` comes first.
    async fn stand_by(mut self, stop: &CancellationToken) -> Result<Option<Leader>, BuildError> {
        let holder = self.contest.rival().unwrap_or_default();
        tracing::info!(
            holder,
            "another exchange trades on this database; this one stands by"
        );
        let mut warm = None;
        loop {
            match self.contest.try_take(self.storage.as_ref()).await {
                Ok(Some(tenure)) => {
                    self.standing.took_over();
                    return self.lead(tenure, warm).await.map(Some);
                }
                Ok(None) => warm = self.follow(warm).await,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the lease could not be read; trying again");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(None),
                () = self.clock.pause(self.contest.pause()) => {}
            }
        }
    }

    /// A state that is nearly up to date makes taking over quick.
    async fn follow(&self, warm: Option<Replay>) -> Option<Replay> {
        let storage = self.storage.as_ref();
        let followed = match warm {
            None => engine::recover(storage, &self.hub).await,
            Some(mut replay) => replay
                .catch_up(storage, u64::MAX, Some(&self.hub))
                .await
                .map(|()| replay),
        };
        followed
            .inspect_err(|error| {
                let error = error as &dyn std::error::Error;
                tracing::warn!(error, "the journal could not be followed; trying again");
            })
            .ok()
    }

    async fn lead(self, tenure: Tenure, warm: Option<Replay>) -> Result<Leader, BuildError> {
        let storage = self.storage.as_ref();
        let mut replay = match warm {
            Some(replay) => replay,
            None => engine::recover(storage, &self.hub).await?,
        };
        let now = self.clock.now().into();
        engine::begin_epoch(storage, &tenure, now, &mut replay, &self.hub).await?;
        let (position, snapshot) = (replay.position, replay.snapshot);
        let outbox = JournalOutbox::open(self.storage.clone()).await?;
        let publisher = EventPublisher::new(&self.bus)
            .await
            .map_err(BuildError::bus_client)?;
        let (told, news) = (Arc::new(Notify::new()), self.hub.news());
        let surroundings = Surroundings {
            storage: self.storage.clone(),
            tenure: tenure.clone(),
            shadow: self.shadow,
            clock: self.clock,
            settings: self.settings,
            told: told.clone(),
            hub: self.hub,
        };
        let engine = engine::prepare(self.idle, surroundings, replay, self.rules).await?;
        let relay = Relay::new(outbox, publisher, self.relay, told).spawn();
        self.metrics.watch_relay(relay.stats());
        let index_stop = CancellationToken::new();
        tokio::spawn(indexer::follow(
            self.index,
            self.storage.clone(),
            self.journal,
            news,
            self.search,
            index_stop.clone(),
        ));
        let epoch = tenure.epoch();
        tracing::info!(%epoch, position, snapshot, "cadaver-exchange is trading");
        Ok(Leader {
            storage: self.storage,
            engine: self.engine,
            running: engine.spawn(),
            relay,
            tenure,
            index_stop: index_stop.drop_guard(),
            trades: self.standing.trades_in(epoch),
        })
    }
}

impl Role {
    /// Trades, as soon as this process may, until nothing is served any more; stops everything if it may not any more. The gate opens when
    /// trading begins.
    pub(super) async fn play(
        self,
        gate: watch::Sender<bool>,
        stop: CancellationToken,
        served: CancellationToken,
    ) -> Result<(), EndedError> {
        let led = match self {
            Self::Leader(leader) => Ok(Some(leader)),
            Self::StandBy(candidate) => Box::pin(candidate.stand_by(&stop)).await,
        };
        let leader = match led {
            Ok(Some(leader)) => leader,
            ended => {
                stop.cancel();
                return ended.map(|_| ()).map_err(EndedError::from);
            }
        };
        gate.send_replace(true);
        leader.work(&stop, &served).await
    }
}

impl Leader {
    async fn work(
        mut self,
        stop: &CancellationToken,
        served: &CancellationToken,
    ) -> Result<(), EndedError> {
        let released = CancellationToken::new();
        let keeping = lease::keep(self.storage.clone(), self.tenure, released.clone());
        let mut keeping = tokio::spawn(keeping);
        let (mut engine_ended, mut lease_ended) = (None, None);
        tokio::select! {
            ended = &mut self.running.task => engine_ended = Some(ended),
            ended = &mut keeping => lease_ended = Some(ended),
            () = served.cancelled() => {}
        }
        stop.cancel();
        served.cancelled().await;
        self.engine.stop().await;
        let engine_ended = match engine_ended {
            Some(ended) => ended,
            None => self.running.task.await,
        };
        let snapshots_ended = self.running.snapshots.await;
        drop(self.index_stop);
        drop(self.trades);
        self.relay.stop().await;
        released.cancel();
        let lease_ended = match lease_ended {
            Some(ended) => ended,
            None => keeping.await,
        };
        engine_ended??;
        snapshots_ended?;
        lease_ended?.map_err(EndedError::Lease)
    }
}

/// Ready is who trades; a stand-by is not.
#[derive(Debug)]
pub(super) struct LeaseCheck(pub(super) EngineHandle);

#[async_trait]
impl ReadinessCheck for LeaseCheck {
    fn name(&self) -> &'static str {
        "lease"
    }

    async fn check(&self) -> Result<(), String> {
        if self.0.is_trading() {
            return Ok(());
        }
        Err("stand-by: another exchange holds the lease".to_owned())
    }
}

impl From<StorageError> for EndedError {
    fn from(error: StorageError) -> Self {
        Self::Lease(error)
    }
}
