//! The composition root: the one place that names concrete adapters.

mod leading;
mod open_index;
mod open_storage;
mod standing;

use crate::{
    config::{PREFIX, Settings, SettingsError},
    engine::{BeginEpochError, EngineError, EngineHandle, RecoverError, Shadow},
    events::incoming::Incoming,
    feed::Feed,
    http::{self, Limits},
    lease::Contest,
    market_data::Hub,
    search::SearchStats,
    storage::StorageError,
};
use actix_web::web;
use leading::{Candidate, LeaseCheck, Role};
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
    bus::{Bus, ConnectBusError},
};
use standing::Standing;
use std::{net::SocketAddr, sync::Arc};
use tokio::sync::watch;
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
    /// Trading cannot begin.
    #[error(transparent)]
    BeginEpoch(#[from] BeginEpochError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The file of the index of lots cannot be used.
    #[error("the index of lots cannot be opened; it may be deleted, it is filled again")]
    SearchFile(#[source] service_chassis::sqlite::DatabaseError),
    /// The client of Elasticsearch cannot be made.
    #[error("the client of Elasticsearch cannot be made")]
    SearchClient(#[source] reqwest::Error),
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
    /// Taking over failed.
    #[error("this exchange could not take over")]
    TakeOver(#[from] BuildError),
    /// Another exchange has taken over.
    #[error("this exchange does not hold the lease any more")]
    Lease(#[source] StorageError),
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

/// The service, bound to its address, trading or standing by, not yet serving.
pub struct App {
    server: Server,
    engine: EngineHandle,
    hub: Arc<Hub>,
    role: Role,
    feed_stop: CancellationToken,
    bus: Bus,
    metrics: Metrics,
    incoming: Incoming,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({})", self.server.address())
    }
}

impl App {
    /// Binds the address, and if no other exchange trades on the database, recovers the state and starts the engine and the relay.
    ///
    /// # Errors
    /// [`BuildError`] says what to change.
    pub async fn build(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, BuildError> {
        let rules = settings.rules()?;
        let bus = Bus::connect(&settings.bus).await?;
        let Opened { storage, keyring } = open_storage::open(&settings.database.url).await?;
        let tokens = Arc::new(AccessTokens::load(SERVICE, keyring, clock.clone()).await?);
        let journal = storage.journal_id().await?;
        let index = open_index::open(&settings.search, &settings.database.url, journal)?;
        let hub = Arc::new(Hub::default());
        let shadow = Arc::new(Shadow::of(storage.clone()));
        let (engine, idle) = EngineHandle::new();

        let (metrics, standing, search) = measures(&engine)?;
        let incoming = Incoming::new(engine.clone(), tokens.clone());
        let bus_check = BusCheck::new(&bus, SERVICE).await;
        let bus_check = Arc::new(bus_check.map_err(BuildError::bus_client)?);
        let lease_check = Arc::new(LeaseCheck(engine.clone()));
        let checks: Vec<Arc<dyn ReadinessCheck>> = vec![storage.clone(), lease_check, bus_check];
        let operations = Operations::new(Health::new(checks), metrics.clone(), &http::openapi());
        let feed_stop = CancellationToken::new();
        let feed = Feed::new(
            hub.clone(),
            engine.clone(),
            journal,
            settings.feed,
            feed_stop.clone(),
        );
        feed.stats().register(metrics.registry())?;
        let shared = http::Shared {
            engine: web::Data::new(engine.clone()),
            storage: web::Data::from(storage.clone()),
            index: web::Data::from(index.clone()),
            shadow: web::Data::from(shadow.clone()),
            hub: web::Data::from(hub.clone()),
            tokens: web::Data::from(tokens),
            limits: web::Data::new(Limits::new(settings.limits)),
            clock: web::Data::from(clock.clone()),
            feed: web::Data::new(feed),
        };
        let server = Server::bind(&settings.http, PREFIX, operations, move |config| {
            http::routes(config, &shared);
        })?;
        let candidate = Candidate {
            contest: contest(&settings, server.address(), &clock),
            settings: settings.engine(),
            relay: settings.relay,
            bus: bus.clone(),
            metrics: metrics.clone(),
            engine: engine.clone(),
            hub: hub.clone(),
            journal,
            index,
            search,
            standing,
            storage,
            clock,
            rules,
            shadow,
            idle,
        };
        Ok(Self {
            role: Box::pin(candidate.start()).await?,
            server,
            engine,
            hub,
            feed_stop,
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
        &self.engine
    }

    /// Everyone's market data.
    #[must_use]
    pub const fn market_data(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// What deals with deliveries of the bus.
    #[must_use]
    pub const fn incoming(&self) -> &Incoming {
        &self.incoming
    }

    /// Serves until `stop`: then takes nothing more, finishes what is under way, stores a snapshot, publishes what is
    /// pending, gives the lease back, and returns. A journal that cannot be written ends it at once, and so does another exchange that
    /// has taken over.
    ///
    /// # Errors
    /// [`EndedError`]
    pub async fn run(self, stop: CancellationToken) -> Result<(), EndedError> {
        let Self {
            server,
            engine: _,
            hub: _,
            role,
            feed_stop,
            bus,
            metrics,
            incoming,
        } = self;
        let (stop, served) = (stop.child_token(), CancellationToken::new());
        let (open, gate) = watch::channel(false);
        let mut running = Running::until(stop.clone()).behind(gate);
        for subscription in Subscription::of(SERVICE) {
            running = running.subscription(&bus, subscription, incoming.clone(), &metrics);
        }
        let stopping = stop.clone();
        tokio::spawn(async move {
            stopping.cancelled().await;
            feed_stop.cancel();
        });
        let playing = tokio::spawn(role.play(open, stop, served.clone()));
        let outcome = running.run(server).await;
        served.cancel();
        playing.await??;
        Ok(outcome?)
    }
}

/// The service's metrics, and those that their owners set as they go on.
fn measures(engine: &EngineHandle) -> prometheus::Result<(Metrics, Standing, SearchStats)> {
    let metrics = Metrics::new(SERVICE)?;
    engine.stats().register(metrics.registry())?;
    let standing = Standing::shown_in(metrics.registry())?;
    let search = SearchStats::shown_in(metrics.registry())?;
    Ok((metrics, standing, search))
}

fn contest(settings: &Settings, address: SocketAddr, clock: &Arc<dyn Clock>) -> Contest {
    Contest::new(
        settings.holder(address),
        settings.lease_ttl(),
        clock.clone(),
    )
}

impl BuildError {
    fn bus_client(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::BusClient(Box::new(error))
    }
}
