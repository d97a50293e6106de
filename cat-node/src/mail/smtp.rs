//! Mails over SMTP: connections are kept and used again, and everything has a deadline.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::response::{Category, Code, Severity};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Mailer, OpenMailerError, SendError};
use crate::config::parse::email_adapter::Smtp;
use crate::domain::mail::Mail;

/// How long one command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
/// Connections that are kept.
const MAX_CONNECTIONS: u32 = 4;
/// Servers close what is idle for longer.
const MAX_IDLE: Duration = Duration::from_secs(30);

pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

/// The transport knows the password.
impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpMailer")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// Connects when the first mail leaves.
    pub fn open(settings: &Smtp) -> Result<Self, OpenMailerError> {
        let pool = PoolConfig::new()
            .max_size(MAX_CONNECTIONS)
            .idle_timeout(MAX_IDLE);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.url.expose())
            .map_err(|error| OpenMailerError::Smtp(error.to_string()))?
            .timeout(Some(COMMAND_TIMEOUT))
            .pool_config(pool)
            .build();
        let mailbox = |setting, text: &str| {
            text.parse::<Mailbox>()
                .map_err(|error| OpenMailerError::Address {
                    setting,
                    cause: error.to_string(),
                })
        };
        Ok(Self {
            transport,
            from: mailbox("from", &settings.from)?,
            reply_to: settings
                .reply_to
                .as_deref()
                .map(|text| mailbox("reply_to", text))
                .transpose()?,
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, SendError> {
        // A bare address: what a user wrote names nobody else and starts no header.
        let to: Address = mail.to.parse().map_err(never)?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&mail.subject));
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let message = match &mail.html {
            None => message.singlepart(SinglePart::plain(mail.text.clone())),
            Some(html) => message.multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                html.clone(),
            )),
        };
        message.map_err(never)
    }
}

fn never(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SendError {
    SendError {
        is_final: true,
        cause: cause.into(),
    }
}

/// Whether the server will never take this mail, rather than not let the service in for now: with another password in the
/// settings the mail can still leave.
fn is_about_the_mail(code: Code) -> bool {
    let is_about_login = code.category == Category::Unspecified3;
    code.severity == Severity::PermanentNegativeCompletion && !is_about_login
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let message = self.message(mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(SendError {
                is_final: error.status().is_some_and(is_about_the_mail),
                cause: error.into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::MailKind;
    use crate::domain::names::ObjectId;
    use lettre::transport::smtp::response::Response;
    use service_chassis::secret::Secret;

    fn message(to: &str, subject: &str) -> Result<String, SendError> {
        let mailer = SmtpMailer::open(&Smtp {
            url: Secret::new("smtp://127.0.0.1:25"),
            from: "Cats <cats@example.org>".to_owned(),
            reply_to: None,
            templates: crate::config::parse::email_adapter::MailTemplates::default(),
        });
        let mail = Mail {
            kind: MailKind::VerifyEmail,
            user: ObjectId::new("u"),
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "hello".to_owned(),
            html: None,
            link: String::new(),
        };
        let message = mailer.unwrap().message(&mail)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_wrong_password_is_no_fault_of_the_mail() {
        let is_final = |code: &str| {
            let response: Response = format!("{code} no\r\n").parse().unwrap();
            is_about_the_mail(response.code())
        };
        assert!(is_final("550") && is_final("501") && is_final("554"));
        assert!(!is_final("530") && !is_final("535") && !is_final("451"));
    }

    #[tokio::test]
    async fn an_address_or_a_subject_starts_no_header() {
        for to in [
            "tom@x.example\r\nBcc: all@x.example",
            "tom@x.example, all@x.example",
            "<tom@x.example> all@x.example",
            "\"a\r\nBcc: b\"@x.example",
        ] {
            assert!(message(to, "s").is_err_and(|error| error.is_final), "{to}");
        }
        let text = message("tom@x.example", "Hi\r\nBcc: all@x.example").unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }
}
