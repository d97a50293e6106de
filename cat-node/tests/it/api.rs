//! The Parse protocol over HTTP, acted by someone: each test has a service of its own, on a free port.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use cat_node::app::App;
use cat_node::config;
use cat_node::node::Node;
use cat_node::storage::sqlite::SqliteStorage;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, Method};
use serde_json::{Value as Json, json};
use service_chassis::clock::ManualClock;
use service_chassis::outbox::sqlite::SqliteOutbox;
use service_chassis::sqlite::Database;
use service_chassis::telemetry::RecentLines;
use shared_events::Event;
use shared_events::outbox::Outbox;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

mod access;
mod at_once;
mod batches;
mod client_tours;
mod credentials;
mod defined_schemas;
mod equal_effort;
mod erasure;
mod events;
mod global_config;
mod guards;
mod hostile;
mod impostors;
mod led_elsewhere;
mod lockout;
mod mailed;
mod objects;
mod operators;
mod oracles;
mod pages;
mod password_policy;
mod password_reset;
mod queries;
mod restart;
mod schemas;
mod transactions;
mod transport;
mod users;
mod verification;

pub(crate) const APPLICATION_ID: &str = "cats";
pub(crate) const MASTER_KEY: &str = "nine-lives";

/// A running service with a database of its own.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) clock: ManualClock,
    pub(crate) node: Arc<Node>,
    client: Client,
    stop: CancellationToken,
    folder: Arc<TempDir>,
}

/// An answer: its status and its JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Reply {
    /// The refusal that it has to be.
    pub(crate) fn refuses(&self, status: u16, code: i32, error: &str) {
        assert_eq!(
            (self.status, &self.body),
            (status, &json!({"code": code, "error": error}))
        );
    }

    pub(crate) fn id(&self) -> String {
        self.body["objectId"]
            .as_str()
            .unwrap_or_else(|| panic!("{self:?} has no objectId"))
            .to_owned()
    }
}

/// Who acts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actor {
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Actor {
    pub(crate) fn anonymous() -> Self {
        Self {
            headers: vec![("X-Parse-Application-Id", APPLICATION_ID.to_owned())],
        }
    }

    pub(crate) fn master() -> Self {
        Self::anonymous().with("X-Parse-Master-Key", MASTER_KEY)
    }

    pub(crate) fn user(session_token: &str) -> Self {
        Self::anonymous().with("X-Parse-Session-Token", session_token)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// Why a service with these settings does not start.
pub(crate) async fn refused_start(environment: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("cats.db").display());
    let settings = match settings(&database, environment) {
        Ok(settings) => settings,
        Err(error) => return error.to_string(),
    };
    let clock = Arc::new(ManualClock::at(Utc::now()));
    match App::build(settings, clock, CancellationToken::new()).await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

fn settings(
    database: &str,
    environment: &[(&str, &str)],
) -> Result<config::Settings, config::LoadSettingsError> {
    let mut all: HashMap<String, String> = [
        ("PARSE_SERVER_APPLICATION_ID", APPLICATION_ID),
        ("PARSE_SERVER_MASTER_KEY", MASTER_KEY),
        ("PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION", "true"),
        ("CAT_NODE__HTTP__PORT", "0"),
        ("CAT_NODE__HTTP__DRAIN_MS", "0"),
        ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1"),
        ("DATABASE_URL", database),
    ]
    .iter()
    .chain(environment)
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect();
    all.insert(
        "CAT_NODE__RELAY__FLUSH_DEADLINE_MS".to_owned(),
        "1".to_owned(),
    );
    config::load(None, all)
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(environment: &[(&str, &str)]) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), environment).await
    }

    async fn start_in(folder: Arc<TempDir>, environment: &[(&str, &str)]) -> Self {
        let database = format!("sqlite://{}", folder.path().join("cats.db").display());
        Self::start_on(&database, folder, environment).await
    }

    /// A service on the database of this URL; the bus is an address where nobody listens.
    pub(crate) async fn start_on(
        database: &str,
        folder: Arc<TempDir>,
        environment: &[(&str, &str)],
    ) -> Self {
        Self::start_on_with_log(database, folder, environment, RecentLines::default()).await
    }

    /// A service whose log has these lines.
    pub(crate) async fn start_logging(log: RecentLines) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let database = format!("sqlite://{}", folder.path().join("cats.db").display());
        Self::start_on_with_log(&database, folder, &[], log).await
    }

    async fn start_on_with_log(
        database: &str,
        folder: Arc<TempDir>,
        environment: &[(&str, &str)],
        log: RecentLines,
    ) -> Self {
        let settings = settings(database, environment).unwrap();
        let clock = ManualClock::at(Utc::now());
        let stop = CancellationToken::new();
        let app = App::build_with_log(settings, Arc::new(clock.clone()), stop.clone(), log)
            .await
            .unwrap();
        let (address, node) = (app.address(), app.node());
        tokio::spawn(app.run());
        Self {
            address,
            clock,
            node,
            client: Client::new(),
            stop,
            folder,
        }
    }

    /// Stops the service and starts it again on the same database.
    pub(crate) async fn restart(self) -> Self {
        self.stop.cancel();
        Self::start_in(Arc::clone(&self.folder), &[]).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn send(
        &self,
        actor: &Actor,
        method: Method,
        path: &str,
        body: Option<Json>,
    ) -> Reply {
        let mut request = self.client.request(method, self.url(path));
        for (name, value) in &actor.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Reply {
            status,
            body: serde_json::from_str(&text).unwrap_or(Json::String(text)),
        }
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.send(actor, Method::GET, &format!("/parse{path}"), None)
            .await
    }

    pub(crate) async fn post(&self, actor: &Actor, path: &str, body: Json) -> Reply {
        self.send(actor, Method::POST, &format!("/parse{path}"), Some(body))
            .await
    }

    pub(crate) async fn put(&self, actor: &Actor, path: &str, body: Json) -> Reply {
        self.send(actor, Method::PUT, &format!("/parse{path}"), Some(body))
            .await
    }

    pub(crate) async fn delete(&self, actor: &Actor, path: &str) -> Reply {
        self.send(actor, Method::DELETE, &format!("/parse{path}"), None)
            .await
    }

    /// Finds with these parameters; each is sent as JSON, as SDKs do.
    pub(crate) async fn find(&self, actor: &Actor, class: &str, parameters: Json) -> Reply {
        let mut body = parameters;
        body["_method"] = json!("GET");
        self.post(actor, &format!("/classes/{class}"), body).await
    }

    /// Signs a cat up: its id, and the cat as an actor.
    pub(crate) async fn sign_up(&self, name: &str) -> (String, Actor) {
        let reply = self
            .post(
                &Actor::anonymous(),
                "/users",
                json!({"username": name, "password": "tuna"}),
            )
            .await;
        assert_eq!(reply.status, 201, "{reply:?}");
        (
            reply.id(),
            Actor::user(reply.body["sessionToken"].as_str().unwrap()),
        )
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        use service_chassis::clock::Clock;
        self.clock.now()
    }

    /// The service's database, as another process sees it.
    pub(crate) fn storage(&self) -> SqliteStorage {
        SqliteStorage::open(&self.folder.path().join("cats.db")).unwrap()
    }

    /// What the relay would publish, in order.
    pub(crate) async fn pending_events(&self) -> Vec<Event> {
        let path = self.folder.path().join("cats.db");
        let outbox = SqliteOutbox(Database::open(&path, &[]).unwrap());
        let pending = outbox.pending(1_000).await.unwrap();
        pending
            .into_iter()
            .map(|pending| Event::decode(&pending.event.into_envelope("cat-node")).unwrap())
            .collect()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
