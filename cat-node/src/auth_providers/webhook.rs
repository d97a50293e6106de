//! A provider of the operator's own: `{"webhook": URL}`. cat-node asks it where parse-server calls a JavaScript module.
//! The request and the reply are documented in `docs/webhooks.md`.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use service_chassis::secret::Secret;
use std::time::Duration;

use super::adapter::{
    Attempt, AuthAdapter, Policy, ProviderData, Save, Step, Verdict, script_failed,
};
use super::options::{InvalidProvider, Options};
use super::outgoing::Outgoing;
use crate::config::parse::hook::Hook;
use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::Failure;

/// What an app is told when the hook does not answer as it should.
const NO_ANSWER: &str = "Auth failed. Unknown error.";

#[derive(Debug)]
pub struct WebhookProvider {
    name: String,
    hook: Hook,
    policy: Policy,
    key: Option<Secret>,
    outgoing: Outgoing,
}

/// `{"success": {...}}` or `{"error": ...}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Success(Success),
    Error(Refusal),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Success {
    auth_data: Option<ProviderData>,
    do_not_save: bool,
    response: Option<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Refusal {
    Text(String),
    Whole { code: i32, message: String },
}

impl WebhookProvider {
    pub fn from_options(
        name: &str,
        options: &mut Options<'_>,
        default_key: Option<&Secret>,
        outgoing: &Outgoing,
    ) -> Result<Self, InvalidProvider> {
        let mut fields = serde_json::Map::new();
        for field in ["webhook", "key", "timeout_ms"] {
            fields.extend(
                options
                    .get(field)
                    .map(|value| (field.to_owned(), value.clone())),
            );
        }
        let hook: Hook = serde_json::from_value(Json::Object(fields))
            .map_err(|error| options.invalid(error.to_string()))?;
        let policy = match options.text("policy")? {
            None => Policy::Default,
            Some(policy) => Policy::parse(&policy).ok_or_else(|| {
                options.invalid("policy must be \"solo\", \"additional\" or \"default\"")
            })?,
        };
        Ok(Self {
            name: name.to_owned(),
            key: hook.key.as_ref().or(default_key).cloned(),
            hook,
            policy,
            outgoing: outgoing.clone(),
        })
    }

    async fn ask(
        &self,
        given: Option<&Json>,
        challenge: Option<&Json>,
        attempt: &Attempt<'_>,
    ) -> Result<Success, Failure> {
        let question = json!({
            "provider": self.name,
            "step": match attempt.step {
                Step::SetUp => "setUp",
                Step::LogIn => "login",
                Step::Update => "update",
                Step::Challenge => "challenge",
            },
            "authData": given,
            "challengeData": challenge,
            "stored": attempt.stored,
            "userId": attempt.user_id,
            "master": attempt.is_master,
            "installationId": attempt.installation_id,
        });
        let mut request = self
            .outgoing
            .post(self.hook.url.clone())
            .timeout(Duration::from_millis(self.hook.timeout_ms))
            .json(&question);
        if let Some(key) = &self.key {
            request = request.header("x-parse-webhook-key", key.expose());
        }
        let reply = self.outgoing.send(request).await.map_err(|error| {
            tracing::warn!(
                provider = self.name,
                error = &error as &dyn std::error::Error,
                "the webhook of an auth provider could not be asked"
            );
            script_failed(NO_ANSWER)
        })?;
        match serde_json::from_slice(&reply.body) {
            Ok(Answer::Success(success)) if reply.is_success => Ok(success),
            Ok(Answer::Error(Refusal::Text(words))) => Err(script_failed(words)),
            Ok(Answer::Error(Refusal::Whole { code, message })) => {
                Err(ParseError::new(ErrorCode(code), message).into())
            }
            _ => {
                tracing::warn!(
                    provider = self.name,
                    "the webhook of an auth provider answered neither success nor error"
                );
                Err(script_failed(NO_ANSWER))
            }
        }
    }
}

#[async_trait]
impl AuthAdapter for WebhookProvider {
    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure> {
        let given = Json::Object(given.clone());
        let success = self.ask(Some(&given), None, attempt).await?;
        let save = match success.auth_data {
            _ if success.do_not_save => Save::Nothing,
            Some(data) => Save::This(data),
            None => Save::Given,
        };
        Ok(Verdict {
            save,
            response: success.response,
        })
    }

    fn policy(&self, _stored: Option<&ProviderData>) -> Policy {
        self.policy
    }

    async fn challenge(
        &self,
        data: &Json,
        given: Option<&Json>,
        attempt: &Attempt<'_>,
    ) -> Result<Option<Json>, Failure> {
        let success = self.ask(given, Some(data), attempt).await?;
        Ok(Some(success.response.unwrap_or(Json::Bool(true))))
    }
}
