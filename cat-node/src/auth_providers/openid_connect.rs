//! Any OpenID Connect provider: `{"oidc": true, "issuer": URL, "clientId": ID}`. Where its keys are, it says itself.
//! The user's id is the subject of the verified token; what the client claims may only agree.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde_json::Value as Json;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Verdict, not_found, text};
use super::id_token::{check_audience, check_subject, claim_text, verified_claims};
use super::key_sets::KeySets;
use super::options::{InvalidProvider, Options};
use super::outgoing::Outgoing;
use crate::timed_cache::TimedCache;
use crate::use_cases::Failure;

/// Signatures that are taken: asymmetric ones, since the keys are public.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// How long the provider's description is good.
const DISCOVERY_AGE: TimeDelta = TimeDelta::hours(1);

#[derive(Debug)]
pub struct OpenIdConnect {
    issuer: Url,
    audience: Vec<String>,
    outgoing: Outgoing,
    keys: Arc<KeySets>,
    key_set: TimedCache<(), Url>,
}

impl OpenIdConnect {
    pub fn from_options(
        options: &mut Options<'_>,
        outgoing: &Outgoing,
        keys: &Arc<KeySets>,
    ) -> Result<Self, InvalidProvider> {
        options.flag("oidc")?;
        let issuer = options.url("issuer")?;
        let issuer = issuer.ok_or_else(|| options.invalid("issuer is required."))?;
        let audience = options.texts("clientId")?;
        if audience.is_empty() {
            return Err(options.invalid("clientId is required."));
        }
        Ok(Self {
            issuer,
            audience,
            outgoing: outgoing.clone(),
            keys: Arc::clone(keys),
            key_set: TimedCache::new(DISCOVERY_AGE, 1),
        })
    }

    /// As the provider and its tokens write it.
    fn issuer(&self) -> &str {
        self.issuer.as_str().trim_end_matches('/')
    }

    async fn key_set(&self, now: DateTime<Utc>) -> Result<Url, Failure> {
        if let Some(known) = self.key_set.get(&(), now) {
            return Ok(known);
        }
        let address = format!("{}/.well-known/openid-configuration", self.issuer());
        let unusable = || not_found("The OpenID provider cannot be asked for its keys.");
        let address: Url = address.parse().map_err(|_| unusable())?;
        let reply = self.outgoing.send(self.outgoing.get(address)).await;
        let reply = reply.map_err(super::outgoing::OutgoingError::into_outage)?;
        let description: Json = reply.json().unwrap_or_default();
        let is_itself = description["issuer"]
            .as_str()
            .is_some_and(|issuer| issuer.trim_end_matches('/') == self.issuer());
        let key_set = description["jwks_uri"]
            .as_str()
            .and_then(|uri| uri.parse::<Url>().ok());
        // Keys come as safely as the description did.
        let key_set = key_set.filter(|url| url.scheme() == self.issuer.scheme());
        let key_set = key_set
            .filter(|_| is_itself && reply.is_success)
            .ok_or_else(unusable)?;
        self.key_set.put((), key_set.clone(), now);
        Ok(key_set)
    }

    async fn claims(&self, given: &ProviderData, now: DateTime<Utc>) -> Result<Json, Failure> {
        let missing = || not_found("id token is invalid for this user.");
        let token = text(given, "id_token").ok_or_else(missing)?;
        let key_set = self.key_set(now).await?;
        let claims = verified_claims(token, ALGORITHMS, &self.keys, &key_set, now).await?;
        check_audience(&claims, &self.audience)?;
        let from = claim_text(&claims, "iss");
        if from.trim_end_matches('/') != self.issuer() {
            return Err(not_found(format!(
                "id token not issued by correct OpenID provider - expected: {} | from: {from}",
                self.issuer()
            )));
        }
        Ok(claims)
    }
}

#[async_trait]
impl AuthAdapter for OpenIdConnect {
    async fn identify(&self, given: &mut ProviderData, now: DateTime<Utc>) -> Result<(), Failure> {
        let claims = self.claims(given, now).await?;
        if given.get("id").is_none_or(Json::is_null) {
            given.insert("id".to_owned(), claims["sub"].clone());
        }
        check_subject(&claims, text(given, "id"))
    }

    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure> {
        let claims = self.claims(given, attempt.now).await?;
        check_subject(&claims, text(given, "id"))?;
        Ok(Verdict::as_given())
    }
}
