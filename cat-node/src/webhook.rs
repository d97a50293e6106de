//! Asks a webhook: what cat-node does where parse-server calls a JavaScript function of the operator.
//!
//! The request is a POST of JSON with the key in `X-Parse-Webhook-Key`. The reply is `{"success": VALUE}`, or
//! `{"error": TEXT}` (also `{"error": {"code", "message"}}`), as parse-server's own webhooks reply.

use std::time::Duration;

use reqwest::{Client, StatusCode, redirect};
use serde_json::Value as Json;
use service_chassis::secret::Secret;
use tokio::sync::OnceCell;

use crate::config::parse::hook::Hook;

/// The largest reply that is read.
const MAX_REPLY_BYTES: usize = 256 * 1024;
const KEY_HEADER: &str = "X-Parse-Webhook-Key";

/// Why a webhook gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the webhook {host} could not be asked")]
    Unreachable {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the webhook {host} answered with status {status}")]
    Status { host: String, status: StatusCode },
    #[error("the webhook {host} answered what cannot be understood")]
    NotUnderstood { host: String },
    /// The webhook's own words.
    #[error("the webhook refused: {0}")]
    Refused(String),
}

impl AskError {
    /// Whether asking again would not help.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Unreachable { .. } => false,
            Self::Status { status, .. } => {
                status.is_client_error()
                    && *status != StatusCode::TOO_MANY_REQUESTS
                    && *status != StatusCode::REQUEST_TIMEOUT
            }
            Self::NotUnderstood { .. } | Self::Refused(_) => true,
        }
    }
}

/// Asks webhooks over connections that are kept.
#[derive(Debug)]
pub struct Webhooks {
    /// Sent where a webhook has no key of its own.
    key: Option<Secret>,
    client: OnceCell<Client>,
}

impl Webhooks {
    pub fn new(key: Option<Secret>) -> Self {
        Self {
            key,
            client: OnceCell::new(),
        }
    }

    /// The value that the webhook answers.
    pub async fn ask(&self, hook: &Hook, question: &Json) -> Result<Json, AskError> {
        // The path and the query of a webhook may hold secrets.
        let host = || hook.url.host_str().unwrap_or_default().to_owned();
        let unreachable = |source| AskError::Unreachable {
            host: host(),
            source,
        };
        let client = self.client.get_or_try_init(client).await;
        let mut request = client
            .map_err(unreachable)?
            .post(hook.url.clone())
            .timeout(Duration::from_millis(hook.timeout_ms))
            .json(question);
        if let Some(key) = hook.key.as_ref().or(self.key.as_ref()) {
            request = request.header(KEY_HEADER, key.expose());
        }
        let mut response = request.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            let status = response.status();
            return Err(AskError::Status {
                host: host(),
                status,
            });
        }
        let mut reply = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if reply.len() + chunk.len() > MAX_REPLY_BYTES {
                return Err(AskError::NotUnderstood { host: host() });
            }
            reply.extend_from_slice(&chunk);
        }
        read(&reply).ok_or_else(|| AskError::NotUnderstood { host: host() })?
    }
}

async fn client() -> Result<Client, reqwest::Error> {
    Client::builder().redirect(redirect::Policy::none()).build()
}

/// `None` when it is no reply.
fn read(reply: &[u8]) -> Option<Result<Json, AskError>> {
    let mut reply: Json = serde_json::from_slice(reply).ok()?;
    let fields = reply.as_object_mut()?;
    if let Some(error) = fields.get("error").filter(|error| !error.is_null()) {
        let text = error.get("message").unwrap_or(error);
        let text = text
            .as_str()
            .map_or_else(|| text.to_string(), str::to_owned);
        return Some(Err(AskError::Refused(text)));
    }
    fields.swap_remove("success").map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_success_or_error() {
        let read = |text: &str| read(text.as_bytes());
        assert_eq!(
            read(r#"{"success": true}"#).unwrap().unwrap(),
            Json::Bool(true)
        );
        for (text, words) in [
            (r#"{"error": "no"}"#, "no"),
            (r#"{"error": {"code": 1, "message": "never"}}"#, "never"),
        ] {
            let error = read(text).unwrap().unwrap_err();
            assert_eq!(error.to_string(), format!("the webhook refused: {words}"));
        }
        assert!(read("[]").is_none() && read("{}").is_none() && read("").is_none());
    }
}
