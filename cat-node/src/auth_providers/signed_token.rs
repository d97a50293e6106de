//! Providers whose signed token is the proof: Apple, Google, Keycloak, and any OpenID Connect provider.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde_json::Value as Json;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Verdict, not_found, text};
use super::id_token::{check_audience, check_subject, claim_text, verified_claims};
use super::key_sets::KeySets;
use super::options::{InvalidProvider, Options};
use super::outgoing::address;
use crate::use_cases::Failure;

/// A well-known issuer.
#[derive(Debug)]
pub struct KnownIssuer {
    pub name: &'static str,
    title: &'static str,
    /// Where the client puts the token.
    token_field: &'static str,
    key_set: &'static str,
    issuers: &'static [&'static str],
    /// Who it should be from, in the refusal of a token from somebody else.
    expected: &'static str,
}

/// Apple and Google; Facebook's limited log-in is beside its access tokens.
pub const KNOWN_ISSUERS: &[KnownIssuer] = &[
    KnownIssuer {
        name: "apple",
        title: "Apple",
        token_field: "token",
        key_set: "https://appleid.apple.com/auth/keys",
        issuers: &["https://appleid.apple.com"],
        expected: "OpenID provider - expected: https://appleid.apple.com",
    },
    KnownIssuer {
        name: "google",
        title: "Google",
        token_field: "id_token",
        key_set: "https://www.googleapis.com/oauth2/v3/certs",
        issuers: &["accounts.google.com", "https://accounts.google.com"],
        expected: "provider - expected: accounts.google.com or https://accounts.google.com",
    },
];

pub const FACEBOOK_LIMITED: KnownIssuer = KnownIssuer {
    name: "facebook",
    title: "Facebook",
    token_field: "token",
    key_set: "https://www.facebook.com/.well-known/oauth/openid/jwks/",
    issuers: &["https://www.facebook.com"],
    expected: "OpenID provider - expected: https://www.facebook.com",
};

/// Checks the tokens of a well-known issuer.
#[derive(Debug)]
pub struct SignedToken {
    issuer: &'static KnownIssuer,
    key_set: Url,
    /// The app's own ids with the provider; without one nobody is let in.
    audience: Vec<String>,
    keys: Arc<KeySets>,
}

impl SignedToken {
    pub fn from_options(
        issuer: &'static KnownIssuer,
        options: &mut Options<'_>,
        audience: &'static str,
        keys: &Arc<KeySets>,
    ) -> Result<Self, InvalidProvider> {
        // Key sets have bounds of their own here.
        options.number("cacheMaxEntries")?;
        options.number("cacheMaxAge")?;
        let base = options.base_url()?;
        Ok(Self {
            issuer,
            key_set: address(base.as_ref(), issuer.key_set)
                .map_err(|error| options.invalid(error.to_string()))?,
            audience: options.texts(audience)?,
            keys: Arc::clone(keys),
        })
    }

    pub async fn check(&self, given: &ProviderData, now: DateTime<Utc>) -> Result<(), Failure> {
        let KnownIssuer {
            title,
            token_field,
            issuers,
            expected,
            ..
        } = self.issuer;
        if self.audience.is_empty() {
            return Err(not_found(format!("{title} auth is not configured.")));
        }
        let missing = || not_found("id token is invalid for this user.");
        let token = given.get(*token_field).filter(|token| !token.is_null());
        let token = token.ok_or_else(missing)?.as_str().unwrap_or_default();
        let claims =
            verified_claims(token, &[Algorithm::RS256], &self.keys, &self.key_set, now).await?;
        check_audience(&claims, &self.audience)?;
        let from = claim_text(&claims, "iss");
        if !issuers.contains(&from.as_str()) {
            return Err(not_found(format!(
                "id token not issued by correct {expected} | from: {from}"
            )));
        }
        check_subject(&claims, text(given, "id"))
    }
}

#[async_trait]
impl AuthAdapter for SignedToken {
    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure> {
        self.check(given, attempt.now).await?;
        Ok(Verdict::as_given())
    }
}

/// Keycloak's access tokens.
#[derive(Debug)]
pub struct Keycloak {
    realm: Option<Realm>,
    keys: Arc<KeySets>,
}

#[derive(Debug)]
struct Realm {
    issuer: String,
    key_set: Url,
    client_id: Option<String>,
}

impl Keycloak {
    pub fn from_options(
        options: &mut Options<'_>,
        keys: &Arc<KeySets>,
    ) -> Result<Self, InvalidProvider> {
        options.number("cacheMaxEntries")?;
        options.number("cacheMaxAge")?;
        let config = options.get("config");
        let of_config = |name: &str| {
            let value = config.and_then(|config| config.get(name));
            value.and_then(Json::as_str).filter(|text| !text.is_empty())
        };
        let realm = match (of_config("auth-server-url"), of_config("realm")) {
            (Some(server), Some(realm)) => {
                let issuer = format!("{server}/realms/{realm}");
                let key_set = format!("{issuer}/protocol/openid-connect/certs");
                Some(Realm {
                    key_set: address(None, &key_set)
                        .map_err(|error| options.invalid(error.to_string()))?,
                    issuer,
                    client_id: of_config("client-id").map(str::to_owned),
                })
            }
            _ => None,
        };
        Ok(Self {
            realm,
            keys: Arc::clone(keys),
        })
    }

    /// Missing on both sides, or the same list in any order.
    fn same_lists(claimed: Option<&Json>, given: Option<&Json>) -> bool {
        let sorted = |list: &Json| {
            let mut texts: Vec<String> = list.as_array()?.iter().map(Json::to_string).collect();
            texts.sort_unstable();
            Some(texts)
        };
        match (claimed, given) {
            (None, None) => true,
            (Some(claimed), Some(given)) => {
                sorted(claimed).is_some_and(|claimed| sorted(given) == Some(claimed))
            }
            _ => false,
        }
    }
}

#[async_trait]
impl AuthAdapter for Keycloak {
    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure> {
        let (Some(token), Some(id)) = (text(given, "access_token"), text(given, "id")) else {
            return Err(not_found("Missing access token and/or User id"));
        };
        let realm = self.realm.as_ref();
        let realm = realm.ok_or_else(|| not_found("Missing keycloak configuration"))?;
        let client = realm.client_id.as_ref();
        let client = client
            .ok_or_else(|| not_found("Keycloak auth is not configured. Missing client-id."))?;
        let claims = verified_claims(
            token,
            &[Algorithm::RS256],
            &self.keys,
            &realm.key_set,
            attempt.now,
        )
        .await?;
        let (issuer, party) = (claim_text(&claims, "iss"), claim_text(&claims, "azp"));
        if issuer != realm.issuer {
            return Err(not_found(format!(
                "access token not issued by correct provider - expected: {} | from: {issuer}",
                realm.issuer
            )));
        }
        if party != *client {
            return Err(not_found(format!(
                "access token is not authorized for this client - expected: {client} | from: {party}"
            )));
        }
        check_subject(&claims, Some(id))?;
        let same = |name: &str| Self::same_lists(claims.get(name), given.get(name));
        if same("roles") && same("groups") {
            Ok(Verdict::as_given())
        } else {
            Err(not_found("Invalid authentication"))
        }
    }
}
