//! Clients that never rest and never try twice: whatever is not answered well is a failure.

use super::process::{DEADLINE, LOOK_AGAIN};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const TRAPS: usize = 4;
const PAUSE: Duration = Duration::from_millis(5);
const PASSWORD: &str = "for an upgrade";
/// The longest that a client waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// What clients saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: BTreeMap<&'static str, usize>,
    pub(super) slowest: BTreeMap<&'static str, Duration>,
    pub(super) failures: Vec<String>,
    pub(super) captures: HashSet<String>,
    pub(super) orders: usize,
}

#[derive(Clone)]
pub(super) struct Clients {
    http: Client,
    traps: String,
    exchange: String,
    parse: String,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl Clients {
    pub(super) fn new(traps: String, exchange: String, parse: String) -> Self {
        Self {
            http: Client::builder().timeout(PATIENCE).build().unwrap(),
            traps,
            exchange,
            parse,
            seen: Arc::default(),
        }
    }

    /// Accounts, a site, traps; then everybody works until the stop.
    pub(super) async fn start(&self, stop: &CancellationToken) -> JoinSet<()> {
        let (steward, session) = self.sign_up("steward").await;
        self.grant_court(&steward).await;
        let token = self.token(&session).await;
        self.open_site(&token).await;
        let mut workers = JoinSet::new();
        for number in 1..=TRAPS {
            let trap = format!("upgrade-{number}");
            let secret = self.register_trap(&token, &trap).await;
            workers.spawn(self.clone().report(trap, secret, stop.clone()));
        }
        workers.spawn(self.clone().trade(token, stop.clone()));
        workers.spawn(self.clone().use_parse(stop.clone()));
        workers
    }

    async fn report(self, trap: String, secret: String, stop: CancellationToken) {
        let url = format!("{}/v1/traps/{trap}/reports", self.traps);
        for counter in 1_u64.. {
            if stop.is_cancelled() {
                return;
            }
            let at = shared_events::timestamp::to_text(chrono::Utc::now());
            let animal = if counter % 2 == 0 { "mouse" } else { "rat" };
            let report = json!({ "boot": "1", "counter": counter, "at": at, "kind": "catch", "animal": animal, "confidence": 1.0 });
            let request = self.http.post(&url).bearer_auth(&secret);
            let request = request.json(&json!({ "reports": [report] }));
            if let Some(answer) = self.send("mouse-trap reports", request).await {
                let capture = answer["reports"][0]["capture"].as_str().unwrap().to_owned();
                self.seen.lock().unwrap().captures.insert(capture);
            }
            sleep(PAUSE).await;
        }
    }

    async fn trade(self, token: String, stop: CancellationToken) {
        for number in 1_u64.. {
            if stop.is_cancelled() {
                return;
            }
            let order = json!({ "market": "mouse-prime", "side": "buy", "quantity": 1, "price": 1, "client_order_id": format!("upgrade-{number}") });
            let request = self.http.post(format!("{}/v1/orders", self.exchange));
            let placed = self
                .send("exchange orders", request.bearer_auth(&token).json(&order))
                .await;
            self.seen.lock().unwrap().orders += usize::from(placed.is_some());
            let markets = self.http.get(format!("{}/v1/markets", self.exchange));
            self.send("exchange reads", markets).await;
            sleep(PAUSE).await;
        }
    }

    async fn use_parse(self, stop: CancellationToken) {
        let url = format!("{}/parse/classes/Nap", self.parse);
        for number in 1_u64.. {
            if stop.is_cancelled() {
                return;
            }
            let nap = self
                .parse_request(self.http.post(&url))
                .json(&json!({ "number": number }));
            self.send("Parse writes", nap).await;
            let query = [("where", json!({ "number": number }).to_string())];
            let found = self.parse_request(self.http.get(&url)).query(&query);
            if let Some(answer) = self.send("Parse reads", found).await {
                let found = answer["results"].as_array().map_or(0, Vec::len);
                if found != 1 {
                    let failure = format!("nap {number} was found {found} times");
                    self.seen.lock().unwrap().failures.push(failure);
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// One request, tried once.
    async fn send(&self, what: &'static str, request: RequestBuilder) -> Option<Value> {
        let began = Instant::now();
        let answer = match request.send().await {
            Ok(answer) if answer.status().is_success() => {
                answer.json().await.map_err(|error| format!("{error:?}"))
            }
            Ok(answer) => {
                let status = answer.status();
                Err(format!(
                    "{status} {}",
                    answer.text().await.unwrap_or_default()
                ))
            }
            Err(error) => Err(format!("{error:?}")),
        };
        let mut seen = self.seen.lock().unwrap();
        *seen.requests.entry(what).or_default() += 1;
        let slowest = seen.slowest.entry(what).or_default();
        *slowest = began.elapsed().max(*slowest);
        answer
            .map_err(|failure| seen.failures.push(format!("{what}: {failure}")))
            .ok()
    }

    /// Captures, lots, Parse objects, and whether the ledger sums to zero.
    pub(super) async fn count(&self) -> (u64, u64, u64, bool) {
        let (_, session) = self.log_in("steward").await;
        let token = self.token(&session).await;
        let captures = self.http.get(format!("{}/v1/captures/count", self.traps));
        let captures = self.must(captures.bearer_auth(&token)).await;
        let books = self
            .http
            .get(format!("{}/v1/ledger/balance-report", self.exchange));
        let books = self.must(books).await;
        let objects = self
            .http
            .get(format!("{}/parse/classes/Capture", self.parse));
        let objects = objects.query(&[("count", "1"), ("limit", "0")]);
        let objects = self.must(self.as_master(objects)).await;
        (
            captures["captures"].as_u64().unwrap(),
            books["lots"]["created"].as_u64().unwrap(),
            objects["count"].as_u64().unwrap(),
            books["balanced"].as_bool().unwrap(),
        )
    }

    /// Which of these captures are Parse objects.
    pub(super) async fn existing(&self, ids: &[String]) -> usize {
        let wanted = json!({ "objectId": { "$in": ids } }).to_string();
        let request = self
            .http
            .get(format!("{}/parse/classes/Capture", self.parse));
        let request = request.query(&[("where", wanted.as_str()), ("count", "1"), ("limit", "0")]);
        let found = self.must(self.as_master(request)).await;
        usize::try_from(found["count"].as_u64().unwrap()).unwrap()
    }

    async fn sign_up(&self, name: &str) -> (String, String) {
        let account = json!({ "username": name, "password": PASSWORD });
        let request = self.http.post(format!("{}/parse/users", self.parse));
        named(&self.must(self.parse_request(request).json(&account)).await)
    }

    async fn log_in(&self, name: &str) -> (String, String) {
        let account = json!({ "username": name, "password": PASSWORD });
        let request = self.http.post(format!("{}/parse/login", self.parse));
        named(&self.must(self.parse_request(request).json(&account)).await)
    }

    async fn grant_court(&self, cat: &str) {
        let member = json!({ "__type": "Pointer", "className": "_User", "objectId": cat });
        let role = json!({ "name": "royal-court", "ACL": { "*": { "read": true } },
            "users": { "__op": "AddRelation", "objects": [member] } });
        let request = self.http.post(format!("{}/parse/roles", self.parse));
        self.must(self.as_master(request).json(&role)).await;
    }

    async fn token(&self, session: &str) -> String {
        let request = self.http.post(format!("{}/token", self.parse));
        let request = self
            .parse_request(request)
            .header("X-Parse-Session-Token", session);
        let answer = self.must(request).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// As soon as the public keys have arrived over the bus, which the exchange needs as well.
    async fn open_site(&self, token: &str) {
        let site = json!({ "id": "upgrade", "name": "The upgrade", "jurisdiction": "CA",
            "position": { "latitude": 46.8, "longitude": -71.2 } });
        let deadline = Instant::now() + DEADLINE;
        loop {
            let request = self.http.post(format!("{}/v1/sites", self.traps));
            let opened = request.bearer_auth(token).json(&site).send().await.unwrap();
            let account = self.http.get(format!("{}/v1/account", self.exchange));
            let account = account.bearer_auth(token).send().await.unwrap();
            if !matches!(opened.status().as_u16(), 401 | 503) && account.status().is_success() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "keys never arrive: {opened:?} {account:?}"
            );
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn register_trap(&self, token: &str, trap: &str) -> String {
        let request = self.http.post(format!("{}/v1/traps", self.traps));
        let trap = json!({ "id": trap, "site": "upgrade" });
        let answer = self.must(request.bearer_auth(token).json(&trap)).await;
        answer["credential"].as_str().unwrap().to_owned()
    }

    fn parse_request(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("X-Parse-Application-Id", "catweb")
    }

    fn as_master(&self, request: RequestBuilder) -> RequestBuilder {
        let request = self.parse_request(request);
        request.header("X-Parse-Master-Key", "upgrade")
    }

    async fn must(&self, request: RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}

fn named(cat: &Value) -> (String, String) {
    let text = |name: &str| cat[name].as_str().unwrap().to_owned();
    (text("objectId"), text("sessionToken"))
}
