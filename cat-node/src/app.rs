//! The composition root: the one place that names concrete adapters.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use service_chassis::bus_check::BusCheck;
use service_chassis::clock::Clock;
use service_chassis::health::{Health, ReadinessCheck};
use service_chassis::http::{BindError, Operations, Server};
use service_chassis::metrics::Metrics;
use service_chassis::running::{RunError, Running};
use service_chassis::telemetry::RecentLines;
use shared_events::Subscription;
use shared_events::bus::{Bus, ConnectBusError, EventPublisher};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::auth_providers::{AuthProviders, AuthProvidersError};
use crate::config::{PREFIX, ParseSettings, Settings};
use crate::diagnostics::{DatabaseAccess, Diagnostics};
use crate::events::incoming::ProjectEvents;
use crate::http::pages::{self, OpenPagesError, Pages};
use crate::http::parse_endpoint::Endpoint;
use crate::http::{access_tokens, openapi, parse_endpoint};
use crate::identity::issuer::{Issuer, IssuerError};
use crate::mail::OpenMailerError;
use crate::mail::postman::Postman;
use crate::node::Node;
use crate::projections::class;
use crate::storage::{Storage, StorageError};
use crate::use_cases::check_security::log_security_report;
use crate::use_cases::define_schemas::{DefineSchemasError, define_schemas};
use open_storage::OpenStorageError;

mod open_storage;
mod verify_server_url;

/// The service's name: in topics, subscriptions and metrics.
pub const SERVICE: &str = "cat-node";

/// How often this replica looks for signing keys that another one made, and whether a new one is due.
const KEY_REFRESH: Duration = Duration::from_secs(60);

/// The service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    OpenStorage(#[from] OpenStorageError),
    #[error("the projected classes cannot be recorded")]
    DeclareClasses(#[from] StorageError),
    #[error(transparent)]
    DefineSchemas(#[from] DefineSchemasError),
    #[error(transparent)]
    AuthProviders(#[from] AuthProvidersError),
    #[error("the signing keys of access tokens cannot be had")]
    Issuer(#[from] IssuerError),
    #[error(transparent)]
    Bus(#[from] ConnectBusError),
    #[error("the Pub/Sub client cannot be made: {0}")]
    BusClient(String),
    #[error("the metrics cannot be declared")]
    Metrics(#[from] prometheus::Error),
    #[error(transparent)]
    Mailer(#[from] OpenMailerError),
    #[error(transparent)]
    Pages(#[from] OpenPagesError),
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// The service's database, for a tool.
///
/// # Errors
/// The database cannot be used.
pub async fn open_storage(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Storage>, OpenStorageError> {
    Ok(open_storage::open(settings, clock).await?.storage)
}

/// The service, bound to its address, not yet serving.
#[derive(Debug)]
pub struct App {
    server: Server,
    running: Running,
    node: web::Data<Node>,
}

impl App {
    /// Opens the database, starts the relay and binds the address.
    pub async fn build(
        settings: Settings,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<Self, BuildError> {
        Self::build_with_log(settings, clock, stop, RecentLines::default()).await
    }

    /// The same; `log` are the lines that `/scriptlog` shows.
    pub async fn build_with_log(
        settings: Settings,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
        log: RecentLines,
    ) -> Result<Self, BuildError> {
        let database = DatabaseAccess::of(&settings.database.url);
        let bus = Bus::connect(&settings.bus).await?;
        let opened = open_storage::open(&settings, Arc::clone(&clock)).await?;
        let storage = opened.storage;
        class::declare(&*storage).await?;
        let metrics = Metrics::new(SERVICE)?;
        let wake = Arc::new(Notify::new());
        let publisher = EventPublisher::new(&bus)
            .await
            .map_err(|error| BuildError::BusClient(error.to_string()))?;
        let policy = settings.access_tokens.rotation_policy();
        let store = crate::identity::key_store::KeyStore::new(Arc::clone(&storage));
        let issuer = web::Data::new(Issuer::start(policy, store, Arc::clone(&clock)).await?);
        let relay = opened
            .outbox
            .spawn_relay(publisher, settings.relay, Arc::clone(&wake));

        let projecting = ProjectEvents::new(Arc::clone(&storage), Arc::clone(&clock));
        let bus_check = BusCheck::new(&bus, SERVICE)
            .await
            .map_err(|error| BuildError::BusClient(error.to_string()))?;
        let checks: Vec<Arc<dyn ReadinessCheck>> = vec![
            Arc::new(open_storage::DatabaseCheck(Arc::clone(&storage))),
            Arc::new(bus_check),
        ];
        let operations =
            Operations::new(Health::new(checks), metrics.clone(), &openapi::document());
        let refreshed = issuer.clone().into_inner();
        let mut running = Running::until(stop);
        for subscription in Subscription::of(SERVICE) {
            running = running.subscription(&bus, subscription, projecting.clone(), &metrics);
        }
        let running = running
            .task(|stop| async move {
                keep_keys(refreshed, stop).await;
                Ok(())
            })
            .relay(relay, &metrics);

        let running = verify_server_url::when_wanted(running, &settings.parse);
        let diagnostics = Diagnostics { log, database };
        let auth = auth_providers(&settings.parse, &*storage).await?;
        let node = Node::new(storage, clock, settings.parse, wake);
        let node = equipped(node, diagnostics, auth);
        let running = match Postman::of(&node)? {
            Some(postman) => running.task(|stop| async move {
                postman.run(stop).await;
                Ok(())
            }),
            None => running,
        };
        if let Some(defined) = &node.settings.schema {
            define_schemas(&node, defined).await?;
        }
        let max_body = parse_endpoint::MaxBodyBytes(settings.http.max_body_bytes);
        let served = node.clone();
        let shown = web::Data::new(Pages::open(&node)?);
        let endpoint = web::Data::new(Endpoint::new(node.clone().into_inner(), max_body));
        let server = Server::bind(&settings.http, PREFIX, operations, move |config| {
            access_tokens::mount(config, &served, &issuer, max_body);
            pages::mount(config, served.clone(), shown.clone());
            parse_endpoint::mount(config, endpoint.clone());
        })?;
        Ok(Self {
            server,
            running,
            node,
        })
    }

    /// The address that it serves on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What its use cases work with.
    pub fn node(&self) -> Arc<Node> {
        self.node.clone().into_inner()
    }

    /// Serves until the stop that it was built with: then takes nothing more, finishes what is under way, publishes
    /// what is pending, and returns.
    pub async fn run(self) -> Result<(), RunError> {
        self.running.run(self.server).await
    }
}

/// The node with all that it needs to serve.
fn equipped(node: Node, diagnostics: Diagnostics, auth: AuthProviders) -> web::Data<Node> {
    let node = node.with_diagnostics(diagnostics).with_auth(auth);
    if node.settings.security.enable_check_log {
        log_security_report(&node);
    }
    web::Data::new(node)
}

/// The settings' auth providers; from now on each of their ids is held by one user.
async fn auth_providers(
    settings: &ParseSettings,
    storage: &dyn Storage,
) -> Result<AuthProviders, BuildError> {
    let auth = AuthProviders::from_settings(settings)?;
    let names: Vec<String> = auth.names().map(str::to_owned).collect();
    storage.hold_identities_unique(&names).await?;
    Ok(auth)
}

async fn keep_keys(issuer: Arc<Issuer>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(KEY_REFRESH) => {}
        }
        if let Err(error) = issuer.refresh().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the signing keys could not be refreshed"
            );
        }
    }
}
