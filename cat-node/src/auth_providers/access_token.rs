//! Providers that can only say whose an access token is, not for which app it was made: Meetup, PhantAuth, VKontakte and
//! the two of Janrain. They are taken only when the settings say so, but for Janrain Capture, whose host is the app's own.

use async_trait::async_trait;
use reqwest::{RequestBuilder, Url};
use serde_json::Value as Json;
use service_chassis::secret::Secret;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Verdict, id_text, not_found, text};
use super::code_exchange::{insecure, with_query};
use super::options::{InvalidProvider, Options};
use super::outgoing::{Outgoing, OutgoingError, address};
use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::Failure;

/// The version of VKontakte's API that is asked when the settings name none.
const VK_API_VERSION: &str = "5.124";

#[derive(Debug)]
pub struct AccessToken {
    kind: Kind,
    /// `None`: the settings do not allow it.
    refusal: Option<&'static str>,
    base: Option<Url>,
    outgoing: Outgoing,
}

#[derive(Debug)]
enum Kind {
    Meetup,
    PhantAuth,
    Vkontakte {
        app: Option<(String, Secret)>,
        api_version: String,
    },
    JanrainEngage {
        api_key: Option<Secret>,
    },
    JanrainCapture {
        host: Option<Url>,
    },
}

/// The names of these providers.
pub const ACCESS_TOKEN_PROVIDERS: &[&str] = &[
    "meetup",
    "phantauth",
    "vkontakte",
    "janrainengage",
    "janraincapture",
];

impl AccessToken {
    /// `None` when it is none of these providers.
    pub fn from_options(
        name: &str,
        options: &mut Options<'_>,
        may_be_insecure: bool,
        outgoing: &Outgoing,
    ) -> Result<Option<Self>, InvalidProvider> {
        let base = options.base_url()?;
        let (kind, refusal) = match name {
            "meetup" => (
                Kind::Meetup,
                "Meetup only works with enableInsecureAuth: true",
            ),
            "phantauth" => (
                Kind::PhantAuth,
                "PhantAuth only works with enableInsecureAuth: true",
            ),
            "vkontakte" => {
                let (id, secret) = (options.texts("appIds")?, options.secret("appSecret")?);
                let api_version = options.text("apiVersion")?;
                let kind = Kind::Vkontakte {
                    app: id.into_iter().next().zip(secret),
                    api_version: api_version.unwrap_or_else(|| VK_API_VERSION.to_owned()),
                };
                (kind, "Vk only works with enableInsecureAuth: true")
            }
            "janrainengage" => {
                let kind = Kind::JanrainEngage {
                    api_key: options.secret("api_key")?,
                };
                (
                    kind,
                    "janrainengage adapter only works with enableInsecureAuth: true",
                )
            }
            "janraincapture" => {
                let host = options.text("janrain_capture_host")?;
                let host = host.map(|host| address(None, &format!("https://{host}")));
                let host = host
                    .transpose()
                    .map_err(|error| options.invalid(error.to_string()))?;
                (Kind::JanrainCapture { host }, "")
            }
            _ => return Ok(None),
        };
        let is_allowed = insecure(options, may_be_insecure)? || refusal.is_empty();
        Ok(Some(Self {
            kind,
            refusal: (!is_allowed).then_some(refusal),
            base,
            outgoing: outgoing.clone(),
        }))
    }

    fn at(&self, real: &str) -> Result<Url, Failure> {
        address(self.base.as_ref(), real).map_err(|error| Failure::Outage {
            attempted: "addressing an auth provider",
            cause: error.into(),
        })
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Json, Failure> {
        let reply = self.outgoing.send(request).await;
        let reply = reply.map_err(OutgoingError::into_outage)?;
        Ok(reply
            .json()
            .filter(|_| reply.is_success)
            .unwrap_or_default())
    }

    fn bearer(&self, url: Url, token: &str) -> RequestBuilder {
        self.outgoing
            .get(url)
            .header("authorization", format!("bearer {token}"))
            .header("user-agent", "parse-server")
    }

    async fn is_users(&self, given: &ProviderData, id: &str) -> Result<bool, Failure> {
        let token = text(given, "access_token").unwrap_or_default();
        let is_id = |value: &Json| id_text(value).as_deref() == Some(id);
        Ok(match &self.kind {
            Kind::Meetup => {
                let url = self.at("https://api.meetup.com/2/member/self")?;
                is_id(&self.ask(self.bearer(url, token)).await?["id"])
            }
            Kind::PhantAuth => {
                let url = self.at("https://phantauth.net/auth/userinfo")?;
                is_id(&self.ask(self.bearer(url, token)).await?["sub"])
            }
            Kind::Vkontakte { app, api_version } => {
                let missing = "Vk auth is not configured. Missing appIds or appSecret.";
                let app = app.as_ref().ok_or_else(|| not_found(missing))?;
                self.check_vkontakte_app(app, api_version).await?;
                let url = self.at("https://api.vk.com/method/users.get")?;
                let url = with_query(&url, &[("access_token", token), ("v", api_version)]);
                is_id(&self.ask(self.outgoing.get(url)).await?["response"][0]["id"])
            }
            Kind::JanrainEngage { api_key } => {
                let url = self.at("https://rpxnow.com/api/v2/auth_info")?;
                let key = api_key.as_ref().map(Secret::expose).unwrap_or_default();
                let token = text(given, "auth_token").unwrap_or_default();
                let fields = [("token", token), ("apiKey", key), ("format", "json")];
                let answer = self.ask(self.outgoing.post_form(url, &fields)).await?;
                answer["stat"] == "ok" && is_id(&answer["profile"]["identifier"])
            }
            Kind::JanrainCapture { host } => {
                let Some(host) = self.base.as_ref().or(host.as_ref()) else {
                    return Ok(false);
                };
                let mut url = host.clone();
                url.set_path("/entity");
                let fields = [("access_token", token), ("attribute_name", "uuid")];
                let answer = self
                    .ask(self.outgoing.get(with_query(&url, &fields)))
                    .await?;
                answer["stat"] == "ok" && is_id(&answer["result"])
            }
        })
    }

    /// The app itself has to be known.
    async fn check_vkontakte_app(
        &self,
        (id, secret): &(String, Secret),
        api_version: &str,
    ) -> Result<(), Failure> {
        let fields = [
            ("client_id", id.as_str()),
            ("client_secret", secret.expose()),
            ("v", api_version),
            ("grant_type", "client_credentials"),
        ];
        let url = with_query(&self.at("https://oauth.vk.com/access_token")?, &fields);
        match self.ask(self.outgoing.get(url)).await?["access_token"].as_str() {
            Some(_) => Ok(()),
            None => Err(not_found("Vk appIds or appSecret is incorrect.")),
        }
    }

    fn title(&self) -> &'static str {
        match self.kind {
            Kind::Meetup => "Meetup",
            Kind::PhantAuth => "PhantAuth",
            Kind::Vkontakte { .. } => "Vk",
            Kind::JanrainEngage { .. } => "Janrain engage",
            Kind::JanrainCapture { .. } => "Janrain capture",
        }
    }
}

#[async_trait]
impl AuthAdapter for AccessToken {
    async fn vouch(&self, given: &ProviderData, _: &Attempt<'_>) -> Result<Verdict, Failure> {
        if let Some(refusal) = self.refusal {
            return Err(ParseError::new(ErrorCode::INTERNAL_SERVER_ERROR, refusal).into());
        }
        let is_users = match text(given, "id") {
            Some(id) => self.is_users(given, id).await?,
            None => false,
        };
        if is_users {
            return Ok(Verdict::as_given());
        }
        Err(not_found(format!(
            "{} auth is invalid for this user.",
            self.title()
        )))
    }
}
