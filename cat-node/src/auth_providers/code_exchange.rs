//! Providers that give the client a code: it is exchanged, with the app's own secret, for an access token, and that for
//! who the user is. What each of them does differently is in `code_exchange/table.rs`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::{RequestBuilder, Url};
use serde_json::{Value as Json, json};
use service_chassis::secret::Secret;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Save, Verdict, id_text, not_found, text};
use super::options::{InvalidProvider, Options};
use super::outgoing::{Outgoing, OutgoingError, Reply, address};
use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::Failure;
use table::{Body, CodeProvider, Proof, Text, Value};

pub mod table;

#[derive(Debug)]
pub struct CodeExchange {
    provider: &'static CodeProvider,
    token_url: Url,
    profile_url: Url,
    credentials: Option<AppCredentials>,
    /// Access tokens straight from the client are taken as well.
    is_insecure: bool,
    redirect_uri: Option<String>,
    outgoing: Outgoing,
}

#[derive(Debug)]
struct AppCredentials {
    id: String,
    secret: Secret,
}

impl CodeExchange {
    pub fn from_options(
        provider: &'static CodeProvider,
        options: &mut Options<'_>,
        may_be_insecure: bool,
        outgoing: &Outgoing,
    ) -> Result<Self, InvalidProvider> {
        let is_insecure = insecure(options, may_be_insecure)?;
        let (id, secret) = (options.text("clientId")?, options.secret("clientSecret")?);
        let credentials = match (id, secret) {
            (Some(id), Some(secret)) => Some(AppCredentials { id, secret }),
            _ if is_insecure => None,
            (None, _) => {
                return Err(options.invalid(format!("{} clientId is required.", provider.title)));
            }
            (_, None) => {
                return Err(
                    options.invalid(format!("{} clientSecret is required.", provider.title))
                );
            }
        };
        let base = options.base_url()?;
        let moved = |real: &str| {
            address(base.as_ref(), real).map_err(|error| InvalidProvider {
                provider: provider.name.to_owned(),
                problem: error.to_string(),
            })
        };
        Ok(Self {
            token_url: moved(provider.exchange.url)?,
            profile_url: moved(provider.profile.url)?,
            provider,
            credentials,
            is_insecure,
            redirect_uri: options.text("redirectUri")?,
            outgoing: outgoing.clone(),
        })
    }

    fn invalid_for_user(&self) -> Failure {
        not_found(format!(
            "{} auth is invalid for this user.",
            self.provider.title
        ))
    }

    async fn token_of_code(&self, given: &mut ProviderData) -> Result<String, Failure> {
        let exchange = &self.provider.exchange;
        let app = self
            .credentials
            .as_ref()
            .ok_or_else(|| self.invalid_for_user())?;
        if exchange
            .needs
            .iter()
            .any(|name| text(given, name).is_none())
        {
            return Err(not_found(exchange.needs_refusal));
        }
        let mut fields: Vec<(&str, &str)> = Vec::with_capacity(exchange.fields.len());
        for (name, value) in exchange.fields {
            let value = match value {
                Value::ClientId => Some(app.id.as_str()),
                Value::ClientSecret => Some(app.secret.expose()),
                Value::Fixed(text) => Some(*text),
                Value::Given(name) => text(given, name),
                Value::RedirectUri => self
                    .redirect_uri
                    .as_deref()
                    .or_else(|| text(given, "redirect_uri")),
            };
            fields.extend(value.map(|value| (*name, value)));
        }
        let request = match exchange.body {
            Body::Form => self.outgoing.post_form(self.token_url.clone(), &fields),
            Body::Json => {
                let fields: serde_json::Map<String, Json> = fields
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), json!(value)))
                    .collect();
                self.outgoing.post(self.token_url.clone()).json(&fields)
            }
            Body::Query => self.outgoing.get(with_query(&self.token_url, &fields)),
        };
        let reply = self
            .ask(request.header("accept", "application/json"))
            .await?;
        let answer = readable(&reply);
        if !reply.is_success || is_error_number(&answer) {
            return Err(refuse(exchange.failure, &reply));
        }
        if let Some(error) = answer["error"].as_str() {
            let words = answer["error_description"].as_str().unwrap_or(error);
            return Err(not_found(words));
        }
        if let Some(name) = exchange.subject
            && let Some(id) = id_text(&answer[name])
        {
            given.insert("id".to_owned(), id.into());
        }
        let token = answer["access_token"].as_str();
        token
            .map(str::to_owned)
            .ok_or_else(|| refuse(exchange.failure, &reply))
    }

    /// The id that the provider says this access token belongs to.
    async fn subject(&self, token: &str, given: &ProviderData) -> Result<String, Failure> {
        let profile = &self.provider.profile;
        let claimed = text(given, "id").unwrap_or_default();
        let mut url = self.profile_url.clone();
        if profile.is_by_id {
            if claimed.is_empty() {
                return Err(self.invalid_for_user());
            }
            if let Ok(mut path) = url.path_segments_mut() {
                path.push(claimed);
            }
        }
        let mut request = match profile.proof {
            Proof::Bearer => self
                .outgoing
                .get(url)
                .header("authorization", format!("Bearer {token}")),
            Proof::Query => self
                .outgoing
                .get(with_query(&url, &[("access_token", token)])),
            Proof::QueryWithId => {
                let fields = [("access_token", token), ("openid", claimed)];
                self.outgoing.get(with_query(&url, &fields))
            }
            Proof::Form => self.outgoing.post_form(url, &[("access_token", token)]),
        };
        for (name, value) in profile.headers {
            request = request.header(*name, *value);
        }
        if self.provider.name == "linkedin"
            && given.get("is_mobile_sdk").is_some_and(|it| *it == true)
        {
            request = request.header("x-li-src", "msdk");
        }
        let reply = self
            .ask(request.header("accept", "application/json"))
            .await?;
        let answer = readable(&reply);
        if !reply.is_success || is_error_number(&answer) {
            return Err(refuse(profile.failure, &reply));
        }
        if let (Some(name), Some(app)) = (profile.audience, &self.credentials)
            && answer[name].as_str() != Some(app.id.as_str())
        {
            return Err(self.invalid_for_user());
        }
        let id = match profile.id {
            Some(name) => id_text(&answer[name]),
            // The provider only confirms the pair that it was asked about.
            None => Some(claimed.to_owned()).filter(|id| !id.is_empty()),
        };
        let is_whole = profile.also.iter().all(|name| !answer[*name].is_null());
        id.filter(|_| is_whole)
            .ok_or_else(|| refuse(profile.invalid, &reply))
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Reply, Failure> {
        self.outgoing
            .send(request)
            .await
            .map_err(OutgoingError::into_outage)
    }
}

#[async_trait]
impl AuthAdapter for CodeExchange {
    async fn identify(&self, given: &mut ProviderData, _now: DateTime<Utc>) -> Result<(), Failure> {
        let has_code = text(given, "code").is_some();
        let token = if !has_code && self.is_insecure {
            text(given, "access_token")
                .ok_or_else(|| self.invalid_for_user())?
                .to_owned()
        } else if has_code {
            self.token_of_code(given).await?
        } else {
            let words = format!("{} code is required.", self.provider.title);
            return Err(ParseError::new(ErrorCode::VALIDATION_ERROR, words).into());
        };
        let id = self.subject(&token, given).await?;
        match given.get("id") {
            None | Some(Json::Null) => {}
            Some(claimed) if id_text(claimed).as_ref() == Some(&id) => {}
            Some(_) => return Err(self.invalid_for_user()),
        }
        given.insert("id".to_owned(), id.into());
        given.insert("access_token".to_owned(), token.into());
        given.shift_remove("code");
        given.shift_remove("redirect_uri");
        Ok(())
    }

    /// All was found out before the user was looked for.
    async fn vouch(&self, given: &ProviderData, _: &Attempt<'_>) -> Result<Verdict, Failure> {
        if text(given, "code").is_some() || text(given, "id").is_none() {
            return Err(self.invalid_for_user());
        }
        Ok(Verdict::save(Save::Given))
    }

    fn shown(&self, stored: &ProviderData, _is_master: bool) -> Option<ProviderData> {
        let id = stored.get("id").map(|id| ("id".to_owned(), id.clone()));
        Some(id.into_iter().collect())
    }
}

/// Whether a client's bare access token is to be taken. The settings have to say so twice.
pub fn insecure(options: &mut Options<'_>, may_be: bool) -> Result<bool, InvalidProvider> {
    let is_insecure = options.flag("enableInsecureAuth")?;
    if is_insecure && !may_be {
        return Err(options.invalid(
            "enableInsecureAuth takes access tokens that were made for any app; it works only together with \
             enableInsecureAuthAdapters",
        ));
    }
    Ok(is_insecure)
}

pub fn with_query(url: &Url, fields: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(fields);
    url
}

fn refuse((code, words): Text, reply: &Reply) -> Failure {
    ParseError::new(code, words.replace("{reason}", reply.reason)).into()
}

fn is_error_number(answer: &Json) -> bool {
    answer["errcode"].as_i64().is_some_and(|number| number != 0)
}

/// JSON, or JSON within `callback( ... );`, as QQ writes it; whatever else has no fields.
fn readable(reply: &Reply) -> Json {
    if let Some(json) = reply.json() {
        return json;
    }
    let text = reply.text();
    let inner = text
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'))
        .map(|(inner, _)| inner.trim());
    inner
        .and_then(|inner| serde_json::from_str(inner).ok())
        .unwrap_or_default()
}
