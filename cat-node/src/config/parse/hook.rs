//! A webhook: what cat-node takes where parse-server takes a JavaScript function or module.

use serde::{Deserialize, Deserializer, de::Error};
use service_chassis::secret::Secret;

/// The longest that a webhook may take, when it does not say, in milliseconds.
const DEFAULT_TIMEOUT_MS: u64 = 5_000;

/// `{"webhook": URL}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    #[serde(rename = "webhook", deserialize_with = "web_address")]
    pub url: reqwest::Url,
    /// Sent as `X-Parse-Webhook-Key`; without it, `webhook_key` is.
    #[serde(default)]
    pub key: Option<Secret>,
    #[serde(default = "default_timeout")]
    pub timeout_ms: u64,
}

fn default_timeout() -> u64 {
    DEFAULT_TIMEOUT_MS
}

fn web_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<reqwest::Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url = reqwest::Url::parse(&text).map_err(|_| D::Error::custom(not_an_address(&text)))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(D::Error::custom(not_an_address(&text))),
    }
}

fn not_an_address(text: &str) -> String {
    format!("the webhook {text:?} is no http or https address")
}
