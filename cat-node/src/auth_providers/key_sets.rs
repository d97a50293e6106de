//! The public keys of providers, remembered for a while.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use reqwest::Url;

use super::outgoing::Outgoing;
use crate::timed_cache::TimedCache;

/// How long a key set is good.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// How often a set may be asked for because a token names a key that is not in it: tokens are input.
const MIN_AGE: TimeDelta = TimeDelta::seconds(30);
/// Key sets that are remembered.
const MAX_SETS: usize = 64;

#[derive(Debug, Clone)]
struct Fetched {
    at: DateTime<Utc>,
    keys: Arc<JwkSet>,
}

/// Key sets by address.
#[derive(Debug)]
pub struct KeySets {
    outgoing: Outgoing,
    sets: TimedCache<String, Fetched>,
}

impl KeySets {
    pub fn new(outgoing: Outgoing) -> Self {
        Self {
            outgoing,
            sets: TimedCache::new(MAX_AGE, MAX_SETS),
        }
    }

    /// The key of this name, if the provider has it.
    pub async fn key(&self, address: &Url, name: &str, now: DateTime<Utc>) -> Option<Jwk> {
        if let Some(known) = self.sets.get(address.as_str(), now) {
            let key = known.keys.find(name).cloned();
            if key.is_some() || now - known.at < MIN_AGE {
                return key;
            }
        }
        let keys = self.fetch(address).await?;
        let key = keys.find(name).cloned();
        let fetched = Fetched {
            at: now,
            keys: Arc::new(keys),
        };
        self.sets.put(address.as_str().to_owned(), fetched, now);
        key
    }

    /// `None` when the provider does not answer with keys; that it failed is told to the log alone.
    async fn fetch(&self, address: &Url) -> Option<JwkSet> {
        let reply = match self.outgoing.send(self.outgoing.get(address.clone())).await {
            Ok(reply) => reply,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    %address,
                    "the keys of an auth provider could not be had"
                );
                return None;
            }
        };
        let keys = reply
            .is_success
            .then(|| readable_keys(&reply.body))
            .flatten();
        if keys.is_none() {
            tracing::warn!(%address, "an auth provider did not answer with keys");
        }
        keys
    }
}

/// Keys of a kind that is not known here do not spoil the others.
fn readable_keys(body: &[u8]) -> Option<JwkSet> {
    let set: serde_json::Value = serde_json::from_slice(body).ok()?;
    let keys = set.get("keys")?.as_array()?.iter();
    let keys = keys
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect();
    Some(JwkSet { keys })
}
