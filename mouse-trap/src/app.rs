//! The composition root: the one place that names concrete adapters.

mod open_storage;
mod sweeper;

use crate::config::{PREFIX, Settings};
use crate::counts::Counts;
use crate::domain::site::JurisdictionError;
use crate::events::incoming::{CatNodeHandler, CommandHandler};
use crate::http;
use crate::use_cases::MouseTrap;
use actix_web::web;
pub use open_storage::{OpenStorageError, Opened, open_storage};
use service_chassis::access_token::{AccessTokens, KeyringError};
use service_chassis::bus_check::BusCheck;
use service_chassis::clock::Clock;
use service_chassis::health::{Health, ReadinessCheck};
use service_chassis::http::{BindError, Operations, Server};
use service_chassis::metrics::Metrics;
use service_chassis::running::{RunError, Running};
use shared_events::bus::{Bus, ConnectBusError, EventPublisher};
use shared_events::outbox::RelayHandle;
use shared_events::{Subscription, Topic};
use std::net::SocketAddr;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The service's name: in topics, subscriptions, tokens and metrics.
pub const SERVICE: &str = "mouse-trap";

/// The service cannot start.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The default jurisdiction is no code.
    #[error("residency.jurisdiction: {0}")]
    Jurisdiction(#[from] JurisdictionError),
    /// The database cannot be used.
    #[error(transparent)]
    OpenStorage(#[from] OpenStorageError),
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

/// The service, bound to its address, not yet serving.
#[derive(Debug)]
pub struct App {
    server: Server,
    relay: RelayHandle,
    metrics: Metrics,
    bus: Bus,
    commands: CommandHandler,
    cats: CatNodeHandler,
    settings: Settings,
}

impl App {
    /// Opens the database, starts the relay and binds the address.
    pub async fn build(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, BuildError> {
        let home = settings.home()?;
        let bus = Bus::connect(&settings.bus).await?;
        let opened = open_storage(&settings.database.url, &clock).await?;
        let tokens = Arc::new(AccessTokens::load(SERVICE, opened.keyring, clock.clone()).await?);
        let metrics = Metrics::new(SERVICE)?;
        let counts = counts(&metrics)?;
        let app = MouseTrap {
            storage: opened.storage,
            clock,
            counts,
            relay: Arc::new(Notify::new()),
        };

        let bus_check = BusCheck::new(&bus, SERVICE)
            .await
            .map_err(|error| BuildError::BusClient(error.into()))?;
        let checks: Vec<Arc<dyn ReadinessCheck>> = vec![opened.readiness, Arc::new(bus_check)];
        let operations = Operations::new(Health::new(checks), metrics.clone(), &http::document());
        let (shared, verifier) = (web::Data::new(app.clone()), web::Data::from(tokens.clone()));
        let server = Server::bind(&settings.http, PREFIX, operations, move |config| {
            config
                .app_data(shared.clone())
                .app_data(verifier.clone())
                .configure(http::routes);
        })?;

        let publisher = EventPublisher::new(&bus)
            .await
            .map_err(|error| BuildError::BusClient(error.into()))?;
        let relay = (opened.spawn_relay)(publisher, settings.relay, app.relay.clone());
        let cats = CatNodeHandler {
            app: app.clone(),
            tokens,
        };
        let commands = CommandHandler { app, home };
        Ok(Self {
            server,
            relay,
            metrics,
            bus,
            commands,
            cats,
            settings,
        })
    }

    /// The address that it serves on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What its use cases work with.
    #[must_use]
    pub const fn mouse_trap(&self) -> &MouseTrap {
        &self.commands.app
    }

    /// What deals with commands from the bus.
    #[must_use]
    pub const fn command_handler(&self) -> &CommandHandler {
        &self.commands
    }

    /// What deals with cat-node's events from the bus.
    #[must_use]
    pub const fn cat_node_handler(&self) -> &CatNodeHandler {
        &self.cats
    }

    /// Serves until `stop`: then takes nothing more, finishes what is under way, publishes what is pending, and returns.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RunError> {
        let Self {
            server,
            relay,
            metrics,
            bus,
            commands,
            cats,
            settings,
        } = self;
        let app = commands.app.clone();
        let mut running = Running::until(stop);
        for subscription in Subscription::of(SERVICE) {
            running = match subscription.topic {
                Topic::MouseTrapCommands => {
                    running.subscription(&bus, subscription, commands.clone(), &metrics)
                }
                _ => running.subscription(&bus, subscription, cats.clone(), &metrics),
            };
        }
        running
            .task(|stop| sweeper::sweep(app, settings.traps, stop))
            .relay(relay, &metrics)
            .run(server)
            .await
    }
}

fn counts(metrics: &Metrics) -> prometheus::Result<Counts> {
    let counts = Counts::new()?;
    counts.register(metrics.registry())?;
    Ok(counts)
}
