//! The service on a port of its own with a database of its own, and callers who act as someone.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mouse_trap::app::App;
use mouse_trap::config::Settings;
use mouse_trap::events::incoming::{CatNodeHandler, CommandHandler};
use mouse_trap::storage::sqlite::SqliteStorage;
use mouse_trap::use_cases::MouseTrap;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use service_chassis::access_token::Claims;
use service_chassis::clock::{Clock as _, ManualClock};
use shared_events::bus::{BatchHandler, Delivery, Verdict};
use shared_events::events::cat_node::{KeysPublished, PublicKey};
use shared_events::id::CatId;
use shared_events::outbox::Outbox as _;
use shared_events::{Event, EventData, EventStamp, OutgoingEvent};
use std::collections::HashMap;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A service at work. Its bus is a port where nobody listens: events stay in the outbox, to be looked at.
pub(crate) struct TestApp {
    pub(crate) clock: ManualClock,
    pub(crate) app: MouseTrap,
    pub(crate) cats: CatNodeHandler,
    commands: CommandHandler,
    address: String,
    client: Client,
    signer: Signer,
    outbox: SqliteStorage,
    stop: CancellationToken,
    _folder: TempDir,
}

/// A caller: a cat or a trap, by what it sends as its bearer token.
#[derive(Clone)]
pub(crate) struct Actor<'a> {
    test: &'a TestApp,
    pub(crate) token: Option<String>,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

struct Signer {
    key: EncodingKey,
    public: PublicKey,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl TestApp {
    /// Starts with the key of an imaginary cat-node.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mouse-trap.db");
        let environment = [
            ("MOUSE_TRAP__HTTP__PORT", "0".to_owned()),
            ("MOUSE_TRAP__HTTP__WORKERS", "1".to_owned()),
            ("MOUSE_TRAP__HTTP__DRAIN_MS", "0".to_owned()),
            ("MOUSE_TRAP__RELAY__FLUSH_DEADLINE_MS", "0".to_owned()),
            ("DATABASE_URL", format!("sqlite://{}", file.display())),
            ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1".to_owned()),
        ];
        let environment: HashMap<_, _> = environment
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let settings = Settings::load(None, environment).unwrap();
        let clock = ManualClock::at("2026-11-24T12:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let app = App::build(settings, Arc::new(clock.clone())).await.unwrap();
        let signer = Signer::new();
        let keys = KeysPublished {
            keys: vec![signer.public.clone()],
            published_at: clock.now(),
        };
        app.cat_node_handler()
            .tokens
            .learn(&[Event::KeysPublished(keys)])
            .await
            .unwrap();
        let stop = CancellationToken::new();
        let test = Self {
            clock,
            app: app.mouse_trap().clone(),
            cats: app.cat_node_handler().clone(),
            commands: app.command_handler().clone(),
            address: format!("http://{}", app.address()),
            client: Client::new(),
            signer,
            outbox: SqliteStorage::open(&file).unwrap(),
            stop: stop.clone(),
            _folder: folder,
        };
        tokio::spawn(app.run(stop));
        test
    }

    /// Where something of the service is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A cat without roles.
    pub(crate) fn cat(&self, name: &str) -> Actor<'_> {
        self.actor(Some(self.token(name, &[], "mouse-trap")))
    }

    /// An administrator.
    pub(crate) fn queen(&self) -> Actor<'_> {
        self.actor(Some(self.token("queen", &["royal-court"], "mouse-trap")))
    }

    /// Whoever has that bearer token, or none.
    pub(crate) fn actor(&self, token: Option<String>) -> Actor<'_> {
        Actor { test: self, token }
    }

    /// An access token as cat-node signs it.
    pub(crate) fn token(&self, name: &str, roles: &[&str], audience: &str) -> String {
        let now = self.clock.now().timestamp();
        let claims = Claims {
            sub: CatId::new(name).unwrap(),
            name: name.into(),
            roles: roles.iter().map(|role| (*role).into()).collect(),
            iss: "cat-node".into(),
            aud: vec![audience.into()],
            exp: now + 900,
            iat: now,
            sid: format!("session-of-{name}"),
        };
        let header = Header {
            kid: Some(self.signer.public.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &self.signer.key).unwrap()
    }

    /// Registers the site `barn`.
    pub(crate) async fn barn(&self) {
        let position = json!({ "latitude": 46.8139, "longitude": -71.208 });
        let barn = json!({ "id": "barn", "name": "The old barn", "jurisdiction": "CA", "position": position });
        self.queen()
            .post("/v1/sites", barn)
            .await
            .expect(StatusCode::CREATED);
    }

    /// Registers a trap of `cat` in the barn; the answer acts as the trap.
    pub(crate) async fn trap(&self, cat: &str, id: &str) -> Actor<'_> {
        let registered = self
            .cat(cat)
            .post("/v1/traps", json!({ "id": id, "site": "barn" }))
            .await;
        let credential = registered.expect(StatusCode::CREATED)["credential"]
            .as_str()
            .unwrap()
            .to_owned();
        self.actor(Some(credential))
    }

    /// The events that wait for the bus, of one type.
    pub(crate) async fn pending<E: EventData>(&self) -> Vec<E> {
        let pending = self.outbox.outbox().pending(100_000).await.unwrap();
        let of_type = pending
            .into_iter()
            .filter(|pending| pending.event.event_type == E::TYPE);
        of_type
            .map(|pending| serde_json::from_str(&pending.event.data).unwrap())
            .collect()
    }

    /// Delivers an event as the bus would; answers the verdict.
    pub(crate) async fn deliver<E: EventData>(&self, event: &E) -> Verdict {
        let envelope =
            OutgoingEvent::new(event, EventStamp::new(self.clock.now())).into_envelope("cat-node");
        let batch = [Delivery {
            envelope,
            attempt: None,
        }];
        let verdicts = if E::TOPIC == shared_events::Topic::CatNode {
            self.cats.handle(&batch).await
        } else {
            self.commands.handle(&batch).await
        };
        verdicts.into_iter().next().unwrap()
    }
}

impl Actor<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(
            Method::POST,
            path,
            Some("application/json"),
            body.to_string(),
        )
        .await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: impl Into<String>,
    ) -> Answer {
        let mut request = self
            .test
            .client
            .request(method, format!("{}{path}", self.test.address))
            .body(body.into());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let kind = response
            .headers()
            .get("content-type")
            .map(|kind| kind.to_str().unwrap().to_owned());
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(
                kind.as_deref(),
                Some("application/problem+json"),
                "{status}"
            );
        }
        let text = response.text().await.unwrap();
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }
}

impl Answer {
    /// The body of an answer with that status.
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The problem's code and the pointers to what was wrong.
    #[track_caller]
    pub(crate) fn problem(self, status: StatusCode) -> (String, Vec<String>) {
        let body = self.expect(status);
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let pointers = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect();
        (body["code"].as_str().unwrap().to_owned(), pointers)
    }
}

impl Signer {
    fn new() -> Self {
        let document =
            Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let public = PublicKey {
            kid: "key-1".into(),
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            alg: "EdDSA".into(),
            key_use: "sig".into(),
            x: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        };
        Self {
            key: EncodingKey::from_ed_der(document.as_ref()),
            public,
        }
    }
}
