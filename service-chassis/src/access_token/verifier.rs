//! Verifies access tokens.

use super::verified::Verified;
use super::{Claims, ISSUER, Keyring, KeyringError, LIFETIME_SECONDS, Revocation};
use crate::clock::Clock;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use parking_lot::RwLock;
use shared_events::Event;
use shared_events::events::cat_node::{KeysPublished, SessionRevoked};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Clocks of two machines may differ by so much.
const LEEWAY_SECONDS: i64 = 30;
/// The longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// An access token that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// No keys have arrived yet.
    #[error("cat-node's public keys have not arrived over the bus yet; try again")]
    NoKeys,
    /// It is not a token, or its signature, issuer or audience is wrong.
    #[error("the access token is not valid here")]
    Invalid,
    /// Its life is over.
    #[error("the access token has expired; ask cat-node's POST /token for a new one")]
    Expired,
    /// Its session was ended.
    #[error("the session of this access token was ended; log in again")]
    Revoked,
}

struct Known {
    keys: HashMap<String, DecodingKey>,
    newest: Option<KeysPublished>,
    revoked: HashSet<String>,
}

/// Knows cat-node's keys and the sessions that were ended.
pub struct AccessTokens {
    audience: String,
    clock: Arc<dyn Clock>,
    keyring: Arc<dyn Keyring>,
    known: RwLock<Known>,
    verified: RwLock<Verified>,
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessTokens(for {})", self.audience)
    }
}

impl AccessTokens {
    /// A verifier for the service `audience`, with what its keyring holds.
    ///
    /// # Errors
    /// The keyring cannot be read.
    pub async fn load(
        audience: &str,
        keyring: Arc<dyn Keyring>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, KeyringError> {
        let (newest, revocations) = keyring.load().await?;
        let known = Known {
            keys: newest.as_ref().map(decoding_keys).unwrap_or_default(),
            newest,
            revoked: revocations
                .into_iter()
                .map(|revocation| revocation.session)
                .collect(),
        };
        Ok(Self {
            audience: audience.to_owned(),
            clock,
            keyring,
            known: RwLock::new(known),
            verified: RwLock::default(),
        })
    }

    /// Who the token speaks for.
    ///
    /// # Errors
    /// The token is not accepted.
    pub fn verify(&self, token: &str) -> Result<Claims, AccessTokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AccessTokenError::Invalid);
        }
        let remembered = self.verified.read().get(token).cloned();
        let claims = match remembered {
            Some(claims) => claims,
            None => self.verify_signature(token)?,
        };
        if self.clock.now().timestamp() > claims.exp + LEEWAY_SECONDS {
            return Err(AccessTokenError::Expired);
        }
        if self.known.read().revoked.contains(&claims.sid) {
            return Err(AccessTokenError::Revoked);
        }
        Ok(claims)
    }

    fn verify_signature(&self, token: &str) -> Result<Claims, AccessTokenError> {
        let header = decode_header(token).map_err(|_| AccessTokenError::Invalid)?;
        let known = self.known.read();
        if known.keys.is_empty() {
            return Err(AccessTokenError::NoKeys);
        }
        let key = header
            .kid
            .and_then(|kid| known.keys.get(&kid))
            .ok_or(AccessTokenError::Invalid)?;
        let claims = decode::<Claims>(token, key, &self.validation())
            .map_err(|_| AccessTokenError::Invalid)?
            .claims;
        // While the keys are held, so that a token of keys that go meanwhile is not remembered.
        self.verified.write().insert(token, claims.clone());
        Ok(claims)
    }

    /// The library's own look at `exp` is off: the clock is ours.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.validate_exp = false;
        validation
    }

    /// Takes the events that concern tokens, out of any batch; others are passed over.
    ///
    /// # Errors
    /// The keyring cannot be written; the events must be offered again.
    pub async fn learn(&self, events: &[Event]) -> Result<(), KeyringError> {
        let newest = events
            .iter()
            .filter_map(as_keys)
            .max_by_key(|keys| keys.published_at);
        if let Some(keys) = newest.filter(|keys| self.is_news(keys)) {
            self.keyring.keep_keys(keys).await?;
            let mut known = self.known.write();
            known.keys = decoding_keys(keys);
            self.verified.write().clear();
            known.newest = Some(keys.clone());
        }
        let revocations: Vec<Revocation> = events.iter().filter_map(as_revocation).collect();
        if !revocations.is_empty() {
            let obsolete =
                self.clock.now() - TimeDelta::seconds(2 * (LIFETIME_SECONDS + LEEWAY_SECONDS));
            self.keyring
                .keep_revocations(&revocations, obsolete)
                .await?;
            self.known
                .write()
                .revoked
                .extend(revocations.into_iter().map(|revocation| revocation.session));
        }
        Ok(())
    }

    fn is_news(&self, keys: &KeysPublished) -> bool {
        self.known
            .read()
            .newest
            .as_ref()
            .is_none_or(|known| keys.published_at > known.published_at)
    }
}

fn as_keys(event: &Event) -> Option<&KeysPublished> {
    match event {
        Event::KeysPublished(keys) => Some(keys),
        _ => None,
    }
}

fn as_revocation(event: &Event) -> Option<Revocation> {
    match event {
        Event::SessionRevoked(SessionRevoked {
            session,
            revoked_at,
            ..
        }) => Some(Revocation {
            session: session.clone(),
            revoked_at: *revoked_at,
        }),
        _ => None,
    }
}

/// Keys that this program cannot use are passed over: tokens signed with them are not valid here.
fn decoding_keys(published: &KeysPublished) -> HashMap<String, DecodingKey> {
    published
        .keys
        .iter()
        .filter(|key| key.kty == "OKP" && key.crv == "Ed25519")
        .filter_map(|key| {
            Some((
                key.kid.clone(),
                DecodingKey::from_ed_components(&key.x).ok()?,
            ))
        })
        .collect()
}
