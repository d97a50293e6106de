//! The whole service in this process: its own database, a free port, a clock that stands still, and no bus. What the bus
//! would deliver is handed to it.

use crate::signer::Signer;
use cadaver_exchange::{
    app::{App, EndedError},
    config::Settings,
    engine::EngineHandle,
    events::incoming::Incoming,
    market_data::Hub,
};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service_chassis::clock::{Clock, ManualClock};
use shared_events::{
    EventData, EventStamp, OutgoingEvent,
    bus::{BatchHandler, Delivery, Verdict},
    events::{
        RodentKind,
        cat_node::CatRegistered,
        mouse_trap::{CaptureVoided, RodentCaught},
    },
    id::{CaptureId, CatId, SiteId, TrapId},
    timestamp,
};
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running service.
pub(crate) struct TestApp {
    pub(crate) clock: ManualClock,
    pub(crate) engine: EngineHandle,
    pub(crate) market_data: Arc<Hub>,
    folder: Arc<TempDir>,
    environment: Vec<(&'static str, String)>,
    signer: Signer,
    http: reqwest::Client,
    address: SocketAddr,
    incoming: Incoming,
    stop: CancellationToken,
    task: JoinHandle<Result<(), EndedError>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.body["code"], code, "{}", self.body);
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(environment: &[(&'static str, &str)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let clock = ManualClock::at(timestamp::from_text("2026-11-24T08:00:00.000Z").unwrap());
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        Self::start_in(folder, clock, environment).await
    }

    /// A second process on the same database.
    pub(crate) async fn start_beside(other: &Self) -> Self {
        Self::start_in(
            other.folder.clone(),
            other.clock.clone(),
            other.environment.clone(),
        )
        .await
    }

    /// The service's own token of a cat, by the machine's clock.
    pub(crate) fn token_now(&self, cat: &str) -> String {
        self.signer.token(cat, &[], Utc::now())
    }

    async fn start_in(
        folder: Arc<TempDir>,
        clock: ManualClock,
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        let running = run(&folder, &environment, &clock).await;
        let signer = Signer::new();
        let app = Self {
            engine: running.engine,
            market_data: running.market_data,
            address: running.address,
            incoming: running.incoming,
            stop: running.stop,
            task: running.task,
            http: reqwest::Client::new(),
            environment,
            clock,
            folder,
            signer,
        };
        app.tell(&app.signer.published(app.clock.now())).await;
        app
    }

    /// Stops in good order and starts again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.restart_stopped().await;
    }

    /// Starts again on the same database.
    pub(crate) async fn restart_stopped(&mut self) {
        let running = run(&self.folder, &self.environment, &self.clock).await;
        self.engine = running.engine;
        self.market_data = running.market_data;
        self.address = running.address;
        self.incoming = running.incoming;
        self.stop = running.stop;
        self.task = running.task;
    }

    /// Why it does not start again on the same database, with all causes; it must not.
    pub(crate) async fn start_error(&self) -> String {
        let settings = settings(&self.folder, &self.environment);
        let built = App::build(settings, Arc::new(self.clock.clone())).await;
        let error = built.expect_err("it starts on a damaged database");
        let error: &dyn std::error::Error = &error;
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
    }

    /// Stops in good order.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        (&mut self.task).await.unwrap().unwrap();
    }

    /// Sets a setting for the next start.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.environment.push((name, value.to_owned()));
    }

    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("exchange.db")
    }

    pub(crate) fn clock_now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Hands over one event; it must be dealt with.
    #[track_caller]
    pub(crate) fn tell<E: EventData>(&self, event: &E) -> impl Future<Output = ()> {
        let delivery = self.delivery(event);
        let incoming = self.incoming.clone();
        async move { assert_eq!(incoming.handle(&[delivery]).await, [Verdict::Done]) }
    }

    pub(crate) async fn deliver(&self, batch: &[Delivery]) -> Vec<Verdict> {
        self.incoming.handle(batch).await
    }

    pub(crate) fn delivery<E: EventData>(&self, event: &E) -> Delivery {
        let outgoing = OutgoingEvent::new(event, EventStamp::new(self.clock.now()));
        Delivery {
            envelope: outgoing.into_envelope(E::TOPIC.producer()),
            attempt: None,
        }
    }

    pub(crate) async fn welcome(&self, cat: &str) {
        let registered_at = self.clock.now();
        self.tell(&CatRegistered {
            cat: CatId::new(cat).unwrap(),
            name: cat.to_owned(),
            registered_at,
        })
        .await;
    }

    pub(crate) async fn catch(&self, capture: &str, hunter: &str) {
        self.tell(&caught(capture, hunter, self.clock.now())).await;
    }

    pub(crate) async fn void(&self, capture: &str, hunter: &str) {
        let voided = CaptureVoided {
            capture: CaptureId::new(capture).unwrap(),
            trap: TrapId::new("barn-1").unwrap(),
            jurisdiction: "CA".into(),
            hunter: CatId::new(hunter).unwrap(),
            reason: "it was a leaf".into(),
            voided_at: self.clock.now(),
        };
        self.tell(&voided).await;
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None, None).await
    }

    pub(crate) fn as_cat(&self, cat: &str) -> AsCat<'_> {
        self.with_token(self.signer.token(cat, &[], self.clock.now()))
    }

    pub(crate) fn as_court(&self, cat: &str) -> AsCat<'_> {
        self.with_token(self.signer.token(cat, &["royal-court"], self.clock.now()))
    }

    pub(crate) fn with_roles(&self, cat: &str, roles: &[&str]) -> AsCat<'_> {
        self.with_token(self.token_of(cat, roles))
    }

    pub(crate) fn token_of(&self, cat: &str, roles: &[&str]) -> String {
        self.signer.token(cat, roles, self.clock.now())
    }

    /// Waits for what the engine does by itself, on its next tick.
    pub(crate) async fn until(&self, mut is_so: impl AsyncFnMut() -> bool) {
        while !is_so().await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn with_token(&self, token: String) -> AsCat<'_> {
        AsCat { app: self, token }
    }

    pub(crate) async fn state_hash(&self) -> Value {
        self.get("/v1/state-hash").await.body
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        Answer {
            status,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }

    pub(crate) fn post_json(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> reqwest::RequestBuilder {
        let request = self.http.post(self.url(path));
        request.bearer_auth(token).json(body)
    }

    pub(crate) fn post_raw(
        &self,
        path: &str,
        cat: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::RequestBuilder {
        let token = self.signer.token(cat, &[], self.clock.now());
        let request = self.http.post(self.url(path)).bearer_auth(token);
        request
            .header("content-type", "application/json")
            .body(body)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The service as one cat uses it.
pub(crate) struct AsCat<'a> {
    app: &'a TestApp,
    token: String,
}

impl AsCat<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.app
            .request(Method::GET, path, Some(&self.token), None)
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.app
            .request(Method::POST, path, Some(&self.token), Some(&body))
            .await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.app
            .request(Method::PUT, path, Some(&self.token), Some(&body))
            .await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.app
            .request(Method::PATCH, path, Some(&self.token), Some(&body))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.app
            .request(Method::DELETE, path, Some(&self.token), None)
            .await
    }

    pub(crate) async fn order(&self, side: &str, quantity: u64, price: i64) -> Answer {
        let body =
            json!({"market": "mouse-prime", "side": side, "quantity": quantity, "price": price});
        self.post("/v1/orders", body).await
    }

    pub(crate) async fn kibbles(&self) -> (i64, i64) {
        let account = self.get("/v1/account").await.body;
        (
            account["kibbles"].as_i64().unwrap(),
            account["held"].as_i64().unwrap(),
        )
    }
}

struct Running {
    engine: EngineHandle,
    market_data: Arc<Hub>,
    address: SocketAddr,
    incoming: Incoming,
    stop: CancellationToken,
    task: JoinHandle<Result<(), EndedError>>,
}

fn settings(folder: &TempDir, environment: &[(&'static str, String)]) -> Settings {
    let database = format!("sqlite://{}", folder.path().join("exchange.db").display());
    let mut all: Vec<(&str, String)> = vec![
        ("DATABASE_URL", database),
        ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1".to_owned()),
        ("CADAVER_EXCHANGE__HTTP__PORT", "0".to_owned()),
        ("CADAVER_EXCHANGE__HTTP__DRAIN_MS", "0".to_owned()),
        ("CADAVER_EXCHANGE__RELAY__FLUSH_DEADLINE_MS", "1".to_owned()),
        ("CADAVER_EXCHANGE__ENGINE__TICK_MS", "10".to_owned()),
    ];
    all.extend(environment.iter().cloned());
    let environment = all
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Settings::load(None, environment).unwrap()
}

async fn run(
    folder: &TempDir,
    environment: &[(&'static str, String)],
    clock: &ManualClock,
) -> Running {
    let settings = settings(folder, environment);
    let app = App::build(settings, Arc::new(clock.clone())).await.unwrap();
    let (address, engine, incoming) = (app.address(), app.engine().clone(), app.incoming().clone());
    let market_data = app.market_data().clone();
    let stop = CancellationToken::new();
    let task = tokio::spawn(app.run(stop.clone()));
    Running {
        engine,
        market_data,
        address,
        incoming,
        stop,
        task,
    }
}

/// A mouse.
pub(crate) fn caught(capture: &str, hunter: &str, at: DateTime<Utc>) -> RodentCaught {
    RodentCaught {
        capture: CaptureId::new(capture).unwrap(),
        trap: TrapId::new("barn-1").unwrap(),
        site: SiteId::new("barn").unwrap(),
        jurisdiction: "CA".into(),
        position: None,
        hunter: CatId::new(hunter).unwrap(),
        kind: RodentKind::Mouse,
        species: Some("Peromyscus eremicus".into()),
        mass_grams: Some(21.5),
        sex: None,
        caught_at: at,
        recorded_at: at,
        confidence: 0.9,
    }
}
