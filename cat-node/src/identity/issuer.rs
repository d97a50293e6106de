//! Issues access tokens: holds the keys that this replica last read, makes the first one and the next ones, and
//! announces them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parking_lot::RwLock;
use service_chassis::clock::Clock;
use shared_events::events::cat_node::{KeysPublished, PublicKey};
use shared_events::{EventStamp, OutgoingEvent};

use super::access_token::{Bearer, claims, sign};
use super::key_ring::{KeyRing, RotationPolicy};
use super::key_store::{AddKey, KeyStore, KeyStoreError};
use super::signing_key::SigningKey;

/// How often this replica tries to agree with others on a new generation.
const MAX_ATTEMPTS: usize = 5;

#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    #[error("a signing key could not be made")]
    Key(#[from] super::signing_key::SigningKeyError),
    #[error("an access token could not be signed")]
    Sign(#[from] jsonwebtoken::errors::Error),
    #[error("other replicas kept changing the signing keys")]
    Contended,
}

/// An access token and how long it is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    pub token: String,
    pub expires_in_s: i64,
}

#[derive(Debug)]
pub struct Issuer {
    policy: RotationPolicy,
    store: KeyStore,
    clock: Arc<dyn Clock>,
    ring: RwLock<KeyRing>,
}

impl Issuer {
    /// Reads the keys, makes what is missing or due, and announces them, because a verifier may be new or may have
    /// been away for longer than the bus keeps messages.
    pub async fn start(
        policy: RotationPolicy,
        store: KeyStore,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, IssuerError> {
        let ring = first_ring(&store, policy, clock.now()).await?;
        let issuer = Self {
            policy,
            store,
            clock,
            ring: RwLock::new(ring),
        };
        issuer.refresh().await?;
        issuer.announce().await?;
        Ok(issuer)
    }

    /// Announces the keys; again when another replica rotated them meanwhile, so that the last word is right.
    async fn announce(&self) -> Result<(), IssuerError> {
        for _ in 0..MAX_ATTEMPTS {
            let now = self.clock.now();
            let (announced, event) = {
                let ring = self.ring.read();
                (
                    ring.newest().generation,
                    keys_published(&ring.published(now), now),
                )
            };
            self.store.announce(event).await?;
            self.refresh().await?;
            if self.ring.read().newest().generation == announced {
                return Ok(());
            }
        }
        Err(IssuerError::Contended)
    }

    /// Reads the keys again and rotates them when it is time. Whether it announced new keys.
    pub async fn refresh(&self) -> Result<bool, IssuerError> {
        for _ in 0..MAX_ATTEMPTS {
            let now = self.clock.now();
            let Some(ring) = KeyRing::new(self.store.load().await?, self.policy) else {
                return Err(IssuerError::Contended);
            };
            *self.ring.write() = ring.clone();
            let Some(generation) = ring.due_generation(now) else {
                return Ok(false);
            };
            let next = SigningKey::generate(generation, now)?;
            let mut published = ring.published(now);
            published.push(&next);
            let event = keys_published(&published, now);
            if self.store.replace(&next, &ring.retired(now), event).await? == AddKey::Added {
                tracing::info!(generation, key = %next.id, "a new signing key is published");
                let keys = published.into_iter().cloned().collect();
                if let Some(ring) = KeyRing::new(keys, self.policy) {
                    *self.ring.write() = ring;
                }
                return Ok(true);
            }
        }
        Err(IssuerError::Contended)
    }

    pub fn issue(&self, bearer: Bearer) -> Result<IssuedToken, IssuerError> {
        let now = self.clock.now();
        let claims = claims(bearer, now);
        let token = sign(&claims, self.ring.read().signing(now))?;
        Ok(IssuedToken {
            token,
            expires_in_s: claims.exp - claims.iat,
        })
    }

    /// The keys of `/.well-known/jwks.json`.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.ring
            .read()
            .published(self.clock.now())
            .into_iter()
            .map(public_key)
            .collect()
    }
}

/// The stored keys, or the very first one.
async fn first_ring(
    store: &KeyStore,
    policy: RotationPolicy,
    now: DateTime<Utc>,
) -> Result<KeyRing, IssuerError> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(ring) = KeyRing::new(store.load().await?, policy) {
            return Ok(ring);
        }
        let first = SigningKey::generate(1, now)?;
        store
            .replace(&first, &[], keys_published(&[&first], now))
            .await?;
    }
    Err(IssuerError::Contended)
}

/// Replaces every key by a new one that signs at once: what the old ones signed is void as soon as verifiers hear of it.
/// Answers how many were replaced.
pub async fn replace_all_keys(store: &KeyStore, now: DateTime<Utc>) -> Result<usize, IssuerError> {
    for _ in 0..MAX_ATTEMPTS {
        let old = store.load().await?;
        let newest = old.iter().map(|key| key.generation).max().unwrap_or(0);
        let next = SigningKey::generate(newest + 1, now)?;
        let retired: Vec<&SigningKey> = old.iter().collect();
        let event = keys_published(&[&next], now);
        if store.replace(&next, &retired, event).await? == AddKey::Added {
            return Ok(old.len());
        }
    }
    Err(IssuerError::Contended)
}

fn keys_published(keys: &[&SigningKey], now: DateTime<Utc>) -> OutgoingEvent {
    let keys = keys.iter().map(|key| public_key(key)).collect();
    OutgoingEvent::new(
        &KeysPublished {
            keys,
            published_at: now,
        },
        EventStamp::new(now),
    )
}

fn public_key(key: &SigningKey) -> PublicKey {
    PublicKey {
        kid: key.id.clone(),
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        alg: "EdDSA".to_owned(),
        key_use: "sig".to_owned(),
        x: key.public_x(),
    }
}
