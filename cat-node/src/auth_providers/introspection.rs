//! Any OAuth 2 server that tells of its tokens (RFC 7662): `{"oauth2": true, "tokenIntrospectionEndpointUrl": URL, ...}`.

use async_trait::async_trait;
use reqwest::Url;
use serde_json::Value as Json;
use service_chassis::secret::Secret;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Verdict, not_found, text};
use super::options::{InvalidProvider, Options};
use super::outgoing::{Outgoing, OutgoingError};
use crate::use_cases::Failure;

#[derive(Debug)]
pub struct Introspection {
    endpoint: Url,
    user_id_field: String,
    app_id_field: Option<String>,
    app_ids: Vec<String>,
    authorization: Option<Secret>,
    outgoing: Outgoing,
}

impl Introspection {
    pub fn from_options(
        options: &mut Options<'_>,
        outgoing: &Outgoing,
    ) -> Result<Self, InvalidProvider> {
        options.flag("oauth2")?;
        let endpoint = options.url("tokenIntrospectionEndpointUrl")?;
        let endpoint = endpoint.ok_or_else(|| {
            options.invalid("OAuth2 token introspection endpoint URL is missing.")
        })?;
        let (app_id_field, app_ids) = (options.text("appidField")?, options.texts("appIds")?);
        if app_id_field.is_some() && app_ids.is_empty() {
            return Err(options.invalid("OAuth2 configuration is missing app IDs."));
        }
        let user_id_field = options.text("useridField")?;
        Ok(Self {
            endpoint,
            user_id_field: user_id_field.unwrap_or_else(|| "sub".to_owned()),
            app_id_field,
            app_ids,
            authorization: options.secret("authorizationHeader")?,
            outgoing: outgoing.clone(),
        })
    }

    async fn introspect(&self, token: &str) -> Result<Json, Failure> {
        let mut request = self
            .outgoing
            .post_form(self.endpoint.clone(), &[("token", token)]);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization.expose());
        }
        let reply = self.outgoing.send(request).await;
        let reply = reply.map_err(OutgoingError::into_outage)?;
        let answer = reply.json().filter(|_| reply.is_success);
        answer.ok_or_else(|| not_found("OAuth2 token introspection request failed."))
    }

    fn is_this_app(&self, answer: &Json) -> bool {
        let Some(field) = &self.app_id_field else {
            return true;
        };
        let is_known = |id: &Json| {
            id.as_str()
                .is_some_and(|id| self.app_ids.iter().any(|known| known == id))
        };
        match &answer[field] {
            Json::Array(ids) => ids.iter().any(is_known),
            id => is_known(id),
        }
    }
}

#[async_trait]
impl AuthAdapter for Introspection {
    async fn vouch(&self, given: &ProviderData, _: &Attempt<'_>) -> Result<Verdict, Failure> {
        let answer = self
            .introspect(text(given, "access_token").unwrap_or_default())
            .await?;
        if !self.is_this_app(&answer) {
            return Err(not_found("OAuth2: Invalid app ID."));
        }
        let user = answer[&self.user_id_field].as_str();
        let is_users = user.is_some() && user == text(given, "id");
        if answer["active"] == true && is_users {
            return Ok(Verdict::as_given());
        }
        Err(not_found("OAuth2 access token is invalid for this user."))
    }
}
