//! The signing keys of a real database: made once, shared by replicas, rotated with overlap, announced.

use std::sync::Arc;

use cat_node::identity::access_token::Bearer;
use cat_node::identity::issuer::Issuer;
use cat_node::identity::key_ring::RotationPolicy;
use cat_node::identity::key_store::KeyStore;
use cat_node::storage::Storage;
use cat_node::storage::sqlite::SqliteStorage;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use service_chassis::access_token::{Claims, ISSUER};
use service_chassis::clock::{Clock, ManualClock};
use service_chassis::outbox::sqlite::SqliteOutbox;
use shared_events::events::cat_node::{KeysPublished, PublicKey};
use shared_events::id::CatId;
use shared_events::outbox::Outbox;
use tempfile::TempDir;

const POLICY: RotationPolicy = RotationPolicy {
    period: TimeDelta::days(30),
    overlap: TimeDelta::hours(1),
    token_lifetime: TimeDelta::minutes(15),
};

struct House {
    storage: SqliteStorage,
    clock: ManualClock,
    _folder: TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(&folder.path().join("cats.db")).unwrap();
        Self {
            storage,
            clock: ManualClock::at(Utc::now()),
            _folder: folder,
        }
    }

    async fn replica(&self) -> Issuer {
        let storage: Arc<dyn Storage> = Arc::new(self.storage.clone());
        let clock = Arc::new(self.clock.clone());
        Issuer::start(POLICY, KeyStore::new(storage), clock)
            .await
            .unwrap()
    }

    /// What the outbox says about keys, oldest first.
    async fn announced(&self) -> Vec<KeysPublished> {
        let pending = SqliteOutbox(self.storage.database().clone())
            .pending(100)
            .await
            .unwrap();
        pending
            .iter()
            .map(|pending| serde_json::from_str(&pending.event.data).unwrap())
            .collect()
    }
}

fn tom(session_expires_at: Option<DateTime<Utc>>) -> Bearer {
    Bearer {
        cat: CatId::new("aB3dE5gH7j").unwrap(),
        name: "tom".to_owned(),
        roles: vec!["royal-court".to_owned()],
        session_id: "s1s1s1s1s1".to_owned(),
        session_expires_at,
    }
}

fn verifies(token: &str, keys: &[PublicKey]) -> Option<Claims> {
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = keys.iter().find(|key| key.kid == kid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["mouse-trap"]);
    validation.set_issuer(&[ISSUER]);
    validation.validate_exp = false; // the clock of the test is not the machine's
    let public = DecodingKey::from_ed_components(&key.x).unwrap();
    jsonwebtoken::decode(token, &public, &validation)
        .map(|token| token.claims)
        .ok()
}

fn ids(keys: &[PublicKey]) -> Vec<&str> {
    keys.iter().map(|key| key.kid.as_str()).collect()
}

#[tokio::test]
async fn a_restart_and_a_second_replica_sign_with_the_same_key() {
    let house = House::new();
    let (first, second) = tokio::join!(house.replica(), house.replica());
    let restarted = house.replica().await;
    assert_eq!(first.public_keys().len(), 1);
    assert_eq!(first.public_keys(), second.public_keys());
    assert_eq!(first.public_keys(), restarted.public_keys());
    for announced in house.announced().await {
        assert_eq!(announced.keys, first.public_keys());
    }
    let token = second.issue(tom(None)).unwrap();
    assert_eq!(token.expires_in_s, 900);
    let claims = verifies(&token.token, &first.public_keys()).unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.sid.as_str()),
        ("aB3dE5gH7j", "s1s1s1s1s1")
    );
    let dying = house.clock.now() + TimeDelta::seconds(60);
    assert_eq!(first.issue(tom(Some(dying))).unwrap().expires_in_s, 60);
}

#[tokio::test]
async fn a_rotation_never_refuses_a_living_token() {
    let house = House::new();
    let issuer = house.replica().await;
    let old_keys = issuer.public_keys();
    let old_token = issuer.issue(tom(None)).unwrap().token;

    house.clock.advance(POLICY.period);
    assert!(issuer.refresh().await.unwrap());
    let both = issuer.public_keys();
    assert_eq!(both.len(), 2);
    assert_eq!(house.announced().await.last().unwrap().keys, both);
    let still_old = issuer.issue(tom(None)).unwrap().token;
    assert!(
        verifies(&still_old, &old_keys).is_some(),
        "the new key waits until everyone knows it"
    );

    house.clock.advance(POLICY.overlap);
    assert!(!issuer.refresh().await.unwrap());
    let new_token = issuer.issue(tom(None)).unwrap().token;
    assert!(verifies(&new_token, &old_keys).is_none());
    assert!(verifies(&new_token, &both).is_some());
    assert!(verifies(&old_token, &issuer.public_keys()).is_some());

    house.clock.advance(POLICY.token_lifetime + POLICY.overlap);
    assert_eq!(ids(&issuer.public_keys()), [both[1].kid.as_str()]);
}

#[tokio::test]
async fn replicas_that_rotate_at_once_agree() {
    let house = House::new();
    let (first, second) = (house.replica().await, house.replica().await);
    house.clock.advance(POLICY.period);
    let (a, b) = tokio::join!(first.refresh(), second.refresh());
    assert!(a.unwrap() ^ b.unwrap(), "one of them made the key");
    assert_eq!(first.public_keys(), second.public_keys());
    assert_eq!(first.public_keys().len(), 2);
}

#[tokio::test]
async fn retired_keys_are_forgotten_with_the_next_rotation() {
    let house = House::new();
    let issuer = house.replica().await;
    for _ in 0..4 {
        house.clock.advance(POLICY.period);
        issuer.refresh().await.unwrap();
    }
    let storage: Arc<dyn Storage> = Arc::new(house.storage.clone());
    let kept = KeyStore::new(storage).load().await.unwrap();
    assert_eq!(
        kept.iter().map(|key| key.generation).collect::<Vec<_>>(),
        [4, 5]
    );
}
