//! How mails leave: over SMTP, or by a webhook of the operator. What is to be sent is stored with the change that it is
//! about (`mail/pending.rs`), and leaves after the commit (`mail/postman.rs`).

use std::sync::Arc;

use async_trait::async_trait;

use crate::config::ParseSettings;
use crate::config::parse::email_adapter::EmailAdapter;
use crate::domain::mail::Mail;
use crate::webhook::Webhooks;

pub mod by_webhook;
pub mod letter;
pub mod pending;
pub mod postman;
pub mod smtp;

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
#[error("a mail could not be sent")]
pub struct SendError {
    /// Sending it again would not help.
    pub is_final: bool,
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

/// A way for mails to leave.
#[async_trait]
pub trait Mailer: Send + Sync + std::fmt::Debug {
    /// Returns when the mail is with whoever delivers it.
    async fn send(&self, mail: &Mail) -> Result<(), SendError>;
}

/// The settings of the mailer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenMailerError {
    #[error("parse.email_adapter.smtp is not an address of an SMTP server: {0}")]
    Smtp(String),
    #[error("parse.email_adapter.{setting} is not a mail address: {cause}")]
    Address {
        setting: &'static str,
        cause: String,
    },
}

/// The mailer that the settings ask for; `None` when they ask for none.
pub fn open(
    settings: &ParseSettings,
    webhooks: &Arc<Webhooks>,
) -> Result<Option<Arc<dyn Mailer>>, OpenMailerError> {
    Ok(match &settings.email_adapter {
        None => None,
        Some(EmailAdapter::Smtp(smtp)) => Some(Arc::new(smtp::SmtpMailer::open(smtp)?)),
        Some(EmailAdapter::Webhook(hook)) => Some(Arc::new(by_webhook::WebhookMailer::new(
            hook.clone(),
            Arc::clone(webhooks),
            settings.app_name.clone().unwrap_or_default(),
        ))),
    })
}
