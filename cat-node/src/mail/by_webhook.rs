//! Mails by a webhook: `{"kind", "to", "subject", "text", "html", "link", "appName", "userId"}`, answered by
//! `{"success": ANYTHING}` once the mail is taken over.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;

use super::{Mailer, SendError};
use crate::config::parse::hook::Hook;
use crate::domain::mail::Mail;
use crate::webhook::Webhooks;

#[derive(Debug)]
pub struct WebhookMailer {
    hook: Hook,
    webhooks: Arc<Webhooks>,
    app_name: String,
}

impl WebhookMailer {
    pub fn new(hook: Hook, webhooks: Arc<Webhooks>, app_name: String) -> Self {
        Self {
            hook,
            webhooks,
            app_name,
        }
    }
}

#[async_trait]
impl Mailer for WebhookMailer {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let question = json!({
            "kind": mail.kind.name(),
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "link": mail.link,
            "appName": self.app_name,
            "userId": mail.user.as_str(),
        });
        let answer = self.webhooks.ask(&self.hook, &question).await;
        answer.map(drop).map_err(|error| SendError {
            is_final: error.is_final(),
            cause: error.into(),
        })
    }
}
