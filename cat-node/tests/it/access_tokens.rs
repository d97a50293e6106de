//! `POST /token`: what it hands out is what the other services' verifier takes, until the session ends.

use std::sync::Arc;

use cat_node::domain::acl::Access;
use cat_node::domain::mail_token::RESET_PASSWORD;
use cat_node::domain::names::{ClassName, FieldPath, ObjectId};
use cat_node::domain::query::Filter;
use cat_node::domain::update::Update;
use cat_node::storage::{Storage, Transaction, Write};
use cat_node::use_cases::revoke_all::revoke_all;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use service_chassis::access_token::{self, AccessTokenError, AccessTokens, SqliteKeyring};
use service_chassis::sqlite::Database;
use shared_events::Event;
use tempfile::TempDir;

use crate::api::{Actor, Reply, TestApp};

/// Another service's view: its own keyring, fed by the events alone.
struct Verifier {
    tokens: AccessTokens,
    _folder: TempDir,
}

impl Verifier {
    async fn of(app: &TestApp, audience: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database =
            Database::open(&folder.path().join("keys.db"), &[access_token::MIGRATIONS]).unwrap();
        let keyring = Arc::new(SqliteKeyring(database));
        let clock = Arc::new(app.clock.clone());
        let tokens = AccessTokens::load(audience, keyring, clock).await.unwrap();
        tokens.learn(&app.pending_events().await).await.unwrap();
        Self {
            tokens,
            _folder: folder,
        }
    }
}

async fn ask_token(app: &TestApp, actor: &Actor) -> Reply {
    app.send(actor, Method::POST, "/token", None).await
}

fn token(reply: &Reply) -> &str {
    reply.body["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{reply:?}"))
}

#[tokio::test]
async fn other_services_know_the_cat_and_its_roles() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    let members = json!({"__op": "AddRelation",
        "objects": [{"__type": "Pointer", "className": "_User", "objectId": id}]});
    let role = json!({"name": "royal-court", "ACL": {}, "users": members});
    assert_eq!(app.post(&Actor::master(), "/roles", role).await.status, 201);

    let reply = ask_token(&app, &tom).await;
    assert_eq!(
        (&reply.body["token_type"], &reply.body["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    for audience in ["cadaver-exchange", "mouse-trap"] {
        let claims = Verifier::of(&app, audience)
            .await
            .tokens
            .verify(token(&reply))
            .unwrap();
        assert_eq!(
            (claims.sub.as_str(), claims.name.as_str()),
            (id.as_str(), "tom")
        );
        assert_eq!(claims.roles, ["royal-court"]);
    }
    let elsewhere = Verifier::of(&app, "dog-house").await;
    assert_eq!(
        elsewhere.tokens.verify(token(&reply)),
        Err(AccessTokenError::Invalid)
    );
}

#[tokio::test]
async fn a_token_ends_with_its_time_or_its_session() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    let reply = ask_token(&app, &tom).await;
    let verifier = Verifier::of(&app, "mouse-trap").await;
    app.post(&tom, "/logout", json!({})).await;
    assert!(
        verifier.tokens.verify(token(&reply)).is_ok(),
        "the news has not arrived"
    );
    verifier
        .tokens
        .learn(&app.pending_events().await)
        .await
        .unwrap();
    assert_eq!(
        verifier.tokens.verify(token(&reply)),
        Err(AccessTokenError::Revoked)
    );
    ask_token(&app, &tom)
        .await
        .refuses(400, 209, "Invalid session token");

    let (_, felix) = app.sign_up("felix").await;
    let reply = ask_token(&app, &felix).await;
    app.advance(TimeDelta::minutes(16));
    assert_eq!(
        verifier.tokens.verify(token(&reply)),
        Err(AccessTokenError::Expired)
    );
}

#[tokio::test]
async fn strangers_get_no_token() {
    let app = TestApp::start().await;
    ask_token(&app, &Actor::anonymous())
        .await
        .refuses(400, 209, "Session token required.");
    ask_token(&app, &Actor::master())
        .await
        .refuses(400, 209, "Session token required.");
    let forged = Actor::user(&format!("r:{}", "0".repeat(32)));
    ask_token(&app, &forged)
        .await
        .refuses(400, 209, "Invalid session token");
    let no_app = ask_token(&app, &Actor::default()).await;
    assert_eq!(
        (no_app.status, no_app.body),
        (403, json!({"error": "unauthorized"}))
    );
}

#[tokio::test]
async fn the_private_half_is_nowhere_to_be_read() {
    let app = TestApp::start().await;
    let keys = app
        .send(
            &Actor::default(),
            Method::GET,
            "/.well-known/jwks.json",
            None,
        )
        .await;
    let key = keys.body["keys"][0].as_object().unwrap();
    let names: Vec<&str> = key.keys().map(String::as_str).collect();
    assert_eq!(names, ["kid", "kty", "crv", "alg", "use", "x"]);
    let master = Actor::master();
    let found = app.get(&master, "/classes/_SigningKey").await;
    assert!(
        found.status >= 400 || found.body == json!({"results": []}),
        "{found:?}"
    );
    let one = app.get(&master, "/classes/_SigningKey/1").await;
    assert!(one.status >= 400, "{one:?}");
    let schemas = app.get(&master, "/schemas").await.body.to_string();
    assert!(!schemas.contains("_SigningKey"), "{schemas}");
}

#[tokio::test]
async fn after_a_breach_nothing_that_was_given_out_is_good() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    let old = ask_token(&app, &tom).await;
    let verifier = Verifier::of(&app, "mouse-trap").await;
    assert!(verifier.tokens.verify(token(&old)).is_ok());

    app.advance(TimeDelta::seconds(1));
    let storage: Arc<dyn Storage> = Arc::new(app.storage());
    let revoked = revoke_all(&storage, app.now()).await.unwrap();
    assert_eq!((revoked.signing_keys, revoked.sessions), (1, 1));
    let news = app.pending_events().await;
    let ended = |event: &&Event| matches!(event, Event::SessionRevoked(_));
    assert_eq!(news.iter().filter(ended).count(), 1);
    verifier.tokens.learn(&news).await.unwrap();
    let refused = verifier.tokens.verify(token(&old));
    assert_eq!(refused, Err(AccessTokenError::Invalid));

    // Replicas remember sessions and keys for a while: they are restarted.
    let app = app.restart().await;
    ask_token(&app, &tom)
        .await
        .refuses(400, 209, "Invalid session token");
    let (_, felix) = app.sign_up("felix").await;
    let new = ask_token(&app, &felix).await;
    verifier
        .tokens
        .learn(&app.pending_events().await)
        .await
        .unwrap();
    assert!(verifier.tokens.verify(token(&new)).is_ok());
    let again = revoke_all(&storage, app.now()).await.unwrap();
    assert_eq!((again.signing_keys, again.sessions), (1, 1));
}

#[tokio::test]
async fn after_a_breach_no_mailed_link_sets_a_password() {
    let app = TestApp::start().await;
    let (id, _) = app.sign_up("tom").await;
    let token = FieldPath::internal(RESET_PASSWORD.token);
    let storage: Arc<dyn Storage> = Arc::new(app.storage());
    let mailed = Write::Update {
        class: ClassName::USER,
        id: ObjectId::new(id),
        access: Access::Master,
        guard: Filter::everything(),
        update: Update::at(app.now()).set(token, "mailed"),
    };
    let transaction = Transaction::default().write(mailed);
    storage.commit(transaction).await.unwrap();
    let revoked = revoke_all(&storage, app.now()).await.unwrap();
    assert_eq!(revoked.mailed_links, 1);
    let again = revoke_all(&storage, app.now()).await.unwrap();
    assert_eq!(again.mailed_links, 0);
}
