//! `emailAdapter`: how mails leave. parse-server takes a JavaScript module; cat-node speaks SMTP itself or asks a webhook.

use serde::Deserialize;
use service_chassis::secret::Secret;

use super::hook::Hook;

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum EmailAdapter {
    Smtp(Smtp),
    Webhook(Hook),
}

/// `{"smtp": "smtps://user:password@host:465", "from": "Cats <cats@example.org>"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// `smtp://` (in the clear), `smtps://` (TLS), or `smtp://...?tls=required` (STARTTLS); it may hold a password.
    #[serde(rename = "smtp")]
    pub url: Secret,
    pub from: String,
    #[serde(default)]
    pub reply_to: Option<String>,
}
