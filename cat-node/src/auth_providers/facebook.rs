//! Facebook: an access token that its Graph API says is the user's and the app's, or the signed token of limited log-in.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use reqwest::Url;
use serde_json::Value as Json;
use service_chassis::secret::Secret;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Verdict, id_text, not_found, text};
use super::code_exchange::with_query;
use super::key_sets::KeySets;
use super::options::{InvalidProvider, Options};
use super::outgoing::{Outgoing, OutgoingError, address};
use super::signed_token::{FACEBOOK_LIMITED, SignedToken};
use crate::use_cases::Failure;

#[derive(Debug)]
pub struct Facebook {
    limited: SignedToken,
    app_ids: Vec<String>,
    app_secret: Option<Secret>,
    me: Url,
    app: Url,
    outgoing: Outgoing,
}

impl Facebook {
    pub fn from_options(
        options: &mut Options<'_>,
        outgoing: &Outgoing,
        keys: &Arc<KeySets>,
    ) -> Result<Self, InvalidProvider> {
        let limited = SignedToken::from_options(&FACEBOOK_LIMITED, options, "appIds", keys)?;
        let base = options.base_url()?;
        let moved = |real: &str| address(base.as_ref(), real);
        let (me, app) = (
            moved("https://graph.facebook.com/me?fields=id"),
            moved("https://graph.facebook.com/app"),
        );
        Ok(Self {
            limited,
            app_ids: options.texts("appIds")?,
            app_secret: options.secret("appSecret")?,
            me: me.map_err(|error| options.invalid(error.to_string()))?,
            app: app.map_err(|error| options.invalid(error.to_string()))?,
            outgoing: outgoing.clone(),
        })
    }

    /// What the Graph API says of the token, with the proof that it is this app that asks.
    async fn graph(&self, url: &Url, token: &str) -> Result<Json, Failure> {
        let mut url = with_query(url, &[("access_token", token)]);
        if let Some(secret) = &self.app_secret {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
            let tag = hmac::sign(&key, token.as_bytes());
            let proof: String = tag
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            url = with_query(&url, &[("appsecret_proof", &proof)]);
        }
        let reply = self.outgoing.send(self.outgoing.get(url)).await;
        Ok(reply
            .map_err(OutgoingError::into_outage)?
            .json()
            .unwrap_or_default())
    }
}

#[async_trait]
impl AuthAdapter for Facebook {
    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure> {
        if given
            .get("token")
            .is_some_and(crate::domain::credentials::is_truthy)
        {
            self.limited.check(given, attempt.now).await?;
            return Ok(Verdict::as_given());
        }
        if self.app_ids.is_empty() {
            return Err(not_found("Facebook auth is not configured."));
        }
        let invalid = || not_found("Facebook auth is invalid for this user.");
        let token = text(given, "access_token").ok_or_else(invalid)?;
        let app = self.graph(&self.app, token).await?;
        let is_this_app = id_text(&app["id"]).is_some_and(|id| self.app_ids.contains(&id));
        if !is_this_app {
            return Err(invalid());
        }
        let user = id_text(&self.graph(&self.me, token).await?["id"]);
        if user.is_some() && user.as_deref() == text(given, "id") {
            Ok(Verdict::as_given())
        } else {
            Err(invalid())
        }
    }
}
