//! `emailAdapter`: how mails leave. parse-server takes a JavaScript module; cat-node speaks SMTP itself or asks a webhook.

use std::collections::BTreeMap;

use serde::Deserialize;
use service_chassis::secret::Secret;

use super::hook::Hook;
use crate::domain::mail::MailKind;

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
    #[serde(default, alias = "replyTo")]
    pub reply_to: Option<String>,
    #[serde(default)]
    pub templates: MailTemplates,
}

/// What mails say, in place of the built-in texts. `{{appName}}`, `{{link}}`, `{{username}}` and `{{email}}` are filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct MailTemplates {
    /// The field of a user that says its language, as `de` or `de-AT`.
    pub locale_field: Option<String>,
    pub verification_email: Option<LocalisedTemplate>,
    pub password_reset_email: Option<LocalisedTemplate>,
}

impl MailTemplates {
    pub fn of(&self, kind: MailKind) -> Option<&LocalisedTemplate> {
        match kind {
            MailKind::VerifyEmail => self.verification_email.as_ref(),
            MailKind::ResetPassword => self.password_reset_email.as_ref(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct LocalisedTemplate {
    #[serde(flatten)]
    pub template: MailTemplate,
    /// By language, or by language and country.
    #[serde(default)]
    pub locales: BTreeMap<String, MailTemplate>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MailTemplate {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}
