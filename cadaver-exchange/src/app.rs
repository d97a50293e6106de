//! The composition root: the one place that names concrete adapters.

mod consumers;
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
use consumers::Consumers;
use open_storage::{OpenStorageError, Opened};
use service_chassis::{
    access_token::{AccessTokens, KeyringError},
    clock::Clock,
    health::{Health, ReadinessCheck},
    http::{BindError, Operations, Server},
    metrics::Metrics,
};
use shared_events::{
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
    #[error("the Pub/Sub client cannot be made: {0}")]
    BusClient(String),
    /// The metrics cannot be declared.
    #[error("the metrics cannot be declared")]
    Metrics(#[from] prometheus::Error),
    /// The address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// The service ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine had a defect.
    #[error("the engine ended badly")]
    EnginePanicked(#[source] tokio::task::JoinError),
    /// The HTTP server failed.
    #[error("the HTTP server failed")]
    Server(#[from] std::io::Error),
}

/// The service, bound to its address and trading, not yet serving.
#[derive(Debug)]
pub struct App {
    server: Server,
    engine: RunningEngine,
    relay: RelayHandle,
    consumers: Arc<Consumers>,
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
            .map_err(|error| BuildError::BusClient(error.to_string()))?;
        let relay = Relay::new(outbox, publisher, settings.relay, told).spawn();

        let metrics = Metrics::new(SERVICE)?;
        metrics.watch_relay(relay.stats());
        gauges::register(&metrics, &engine)?;
        let incoming = Incoming::new(engine.handle.clone(), tokens.clone());
        let consumers = Arc::new(Consumers::new(bus, metrics.clone()));
        let checks: Vec<Arc<dyn ReadinessCheck>> = vec![storage.clone(), consumers.clone()];
        let operations = Operations::new(Health::new(checks), metrics, &http::openapi());
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
            consumers,
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
    /// [`RunError`]
    pub async fn run(self, stop: CancellationToken) -> Result<(), RunError> {
        let Self {
            server,
            engine,
            relay,
            consumers,
            incoming,
        } = self;
        let consuming = consumers.spawn(&incoming, &stop);
        let mut task = engine.task;
        let mut serving = tokio::spawn(server.run(stop.clone()));
        let early = tokio::select! {
            ended = &mut task => Some(ended),
            served = &mut serving => {
                stop.cancel();
                flatten(served)?;
                None
            }
        };
        let ended = match early {
            Some(ended) => {
                stop.cancel();
                let _ = serving.await;
                ended
            }
            None => {
                consuming.finish().await;
                engine.handle.stop().await;
                task.await
            }
        };
        relay.stop().await;
        ended
            .map_err(RunError::EnginePanicked)?
            .map_err(RunError::Engine)
    }
}

fn flatten(served: Result<std::io::Result<()>, tokio::task::JoinError>) -> std::io::Result<()> {
    served.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
