//! The composition root: the one place that names concrete adapters.

mod gauges;
mod open_storage;

use crate::{
    config::{PREFIX, Settings, SettingsError},
    engine::{self, EngineError, EngineHandle, RecoverError, RunningEngine},
    events::{incoming::Incoming, outbox::JournalOutbox},
    http,
    storage::StorageError,
};
use actix_web::web;
use open_storage::{OpenStorageError, Opened};
use service_chassis::{
    access_token::{AccessTokens, KeyringError},
    bus_check::BusCheck,
    clock::Clock,
    health::{Health, ReadinessCheck},
    http::{BindError, Operations, Server},
    metrics::Metrics,
    running::{RunError, Running},
};
use shared_events::{
    Subscription,
    bus::{Bus, ConnectBusError, EventPublisher},
    outbox::{Relay, RelayHandle},
};
use std::{net::SocketAddr, sync::Arc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The service's name: in topics, subscriptions, tokens and metrics.
pub const SERVICE: &str = "cadaver-exchange";

/// The service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The settings contradict themselves.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database cannot be used.
    #[error(transparent)]
    OpenStorage(#[from] OpenStorageError),
    /// The state cannot be recovered.
    #[error("the state cannot be recovered from the journal")]
    Recover(#[from] RecoverError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The keys cannot be read.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// There is no way to Pub/Sub.
    #[error(transparent)]
    Bus(#[from] ConnectBusError),
    /// The client of Pub/Sub cannot be made.
    #[error("the Pub/Sub client cannot be made")]
    BusClient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The metrics cannot be declared.
    #[error("the metrics cannot be declared")]
    Metrics(#[from] prometheus::Error),
    /// The address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// The service ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum EndedError {
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine had a defect.
    #[error("the engine ended badly")]
    EnginePanicked(#[from] tokio::task::JoinError),
    /// The server or a consumer failed.
    #[error(transparent)]
    Running(#[from] RunError),
}

/// The service, bound to its address and trading, not yet serving.
#[derive(Debug)]
pub struct App {
    server: Server,
    engine: RunningEngine,
    relay: RelayHandle,
    bus: Bus,
    metrics: Metrics,
    incoming: Incoming,
}

impl App {
    /// Recovers the state, starts the engine and the relay, and binds the address.
    ///
    /// # Errors
    /// [`BuildError`] says what to change.
    pub async fn build(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, BuildError> {
        let rules = settings.rules()?;
        let bus = Bus::connect(&settings.bus).await?;
        let Opened { storage, keyring } = open_storage::open(&settings.database.url).await?;
        let tokens = Arc::new(AccessTokens::load(SERVICE, keyring, clock.clone()).await?);
        let outbox = JournalOutbox::open(storage.clone()).await?;
        let recovered = engine::recover(storage.as_ref()).await?;
        tracing::info!(
            position = recovered.position,
            snapshot = recovered.snapshot,
            "the state is recovered"
        );

        let told = Arc::new(Notify::new());
        let engine = engine::start(
            storage.clone(),
            clock,
            settings.engine(),
            recovered,
            rules,
            told.clone(),
        )
        .await?;
        let publisher = EventPublisher::new(&bus)
            .await
            .map_err(BuildError::bus_client)?;
        let relay = Relay::new(outbox, publisher, settings.relay, told).spawn();

        let metrics = Metrics::new(SERVICE)?;
        metrics.watch_relay(relay.stats());
        gauges::register(&metrics, &engine)?;
        let incoming = Incoming::new(engine.handle.clone(), tokens.clone());
        let bus_check = BusCheck::new(&bus, SERVICE)
            .await
            .map_err(BuildError::bus_client)?;
        let checks: Vec<Arc<dyn ReadinessCheck>> = vec![storage.clone(), Arc::new(bus_check)];
        let operations = Operations::new(Health::new(checks), metrics.clone(), &http::openapi());
        let shared = http::Shared {
            engine: web::Data::new(engine.handle.clone()),
            storage: web::Data::from(storage),
            tokens: web::Data::from(tokens),
        };
        let server = Server::bind(&settings.http, PREFIX, operations, move |config| {
            http::routes(config, &shared);
        })?;
        Ok(Self {
            server,
            engine,
            relay,
            bus,
            metrics,
            incoming,
        })
    }

    /// The address that it serves on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The way to the engine.
    #[must_use]
    pub const fn engine(&self) -> &EngineHandle {
        &self.engine.handle
    }

    /// What deals with deliveries of the bus.
    #[must_use]
    pub const fn incoming(&self) -> &Incoming {
        &self.incoming
    }

    /// Serves until `stop`: then takes nothing more, finishes what is under way, stores a snapshot, publishes what is
    /// pending, and returns. A journal that cannot be written ends it at once.
    ///
    /// # Errors
    /// [`EndedError`]
    pub async fn run(self, stop: CancellationToken) -> Result<(), EndedError> {
        let Self {
            server,
            engine,
            relay,
            bus,
            metrics,
            incoming,
        } = self;
        let stop = stop.child_token();
        let mut running = Running::until(stop.clone());
        for subscription in Subscription::of(SERVICE) {
            running = running.subscription(&bus, subscription, incoming.clone(), &metrics);
        }
        let engine_ended = tokio::spawn(async move {
            let ended = engine.task.await;
            stop.cancel();
            ended
        });
        let served = running.run(server).await;
        engine.handle.stop().await;
        let ended = engine_ended.await;
        relay.stop().await;
        ended???;
        Ok(served?)
    }
}

impl BuildError {
    fn bus_client(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::BusClient(Box::new(error))
    }
}
