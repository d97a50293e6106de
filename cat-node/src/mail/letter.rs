//! Writes the mail that a user is to get, from the user as it is now and the operator's templates or ours.

use serde_json::{Map, Value as Json};

use crate::config::ParseSettings;
use crate::config::parse::email_adapter::{EmailAdapter, MailTemplate, MailTemplates};
use crate::domain::mail::{Mail, MailKind, PageAddress};
use crate::domain::mail_token::{RESET_PASSWORD, TokenFields, VERIFY_EMAIL};
use crate::domain::object::ParseObject;
use crate::domain::placeholders::{Escape, fill};
use crate::domain::value::ParseValue;

const VERIFY_EN: (&str, &str) = (
    "Please confirm your e-mail address for {{appName}}",
    "Hello,\n\n\
     please confirm that {{email}} is your e-mail address at {{appName}} by opening this link:\n\n\
     {{link}}\n\n\
     If you did not sign up, you need not do anything.\n",
);
const RESET_EN: (&str, &str) = (
    "Reset your password for {{appName}}",
    "Hello,\n\n\
     somebody asked to reset the password{{#username}} of the account {{username}}{{/username}} at {{appName}}. \
     To choose a new password, open this link:\n\n\
     {{link}}\n\n\
     If it was not you, you need not do anything.\n",
);
const VERIFY_DE: (&str, &str) = (
    "Bitte bestätige deine E-Mail-Adresse für {{appName}}",
    "Hallo,\n\n\
     bitte bestätige mit diesem Link, dass {{email}} deine E-Mail-Adresse bei {{appName}} ist:\n\n\
     {{link}}\n\n\
     Wenn du dich nicht angemeldet hast, brauchst du nichts zu tun.\n",
);
const RESET_DE: (&str, &str) = (
    "Dein Passwort für {{appName}} zurücksetzen",
    "Hallo,\n\n\
     jemand möchte das Passwort{{#username}} des Kontos {{username}}{{/username}} bei {{appName}} zurücksetzen. \
     Mit diesem Link wählst du ein neues Passwort:\n\n\
     {{link}}\n\n\
     Wenn du das nicht warst, brauchst du nichts zu tun.\n",
);

/// What mails are written from.
#[derive(Debug)]
pub struct Letters {
    address: PageAddress,
    app_name: String,
    templates: MailTemplates,
}

impl Letters {
    /// `None` without the application's name or its public address: links would lead nowhere.
    pub fn new(settings: &ParseSettings) -> Option<Self> {
        let templates = match &settings.email_adapter {
            Some(EmailAdapter::Smtp(smtp)) => smtp.templates.clone(),
            _ => MailTemplates::default(),
        };
        Some(Self {
            address: PageAddress {
                public_server_url: settings.public_server_url.clone()?,
                pages_endpoint: settings.pages.pages_endpoint.clone(),
                application_id: settings.application_id.clone(),
                parse_frame_url: settings.custom_pages.parse_frame_url.clone(),
            },
            app_name: settings.app_name.clone()?,
            templates,
        })
    }

    /// The mail; `None` when there is nothing left to write about: the address was proved, the token used.
    pub fn write(&self, kind: MailKind, user: &ParseObject) -> Option<Mail> {
        let is_proved = user.get("emailVerified") == Some(&ParseValue::Bool(true));
        if kind == MailKind::VerifyEmail && is_proved {
            return None;
        }
        let token = user.text(token_fields(kind).token)?;
        let to = kind.recipient(user)?.to_owned();
        let link = self.address.link(kind, token);
        let mut values = Map::new();
        for (name, value) in [
            ("appName", Some(self.app_name.as_str())),
            ("link", Some(link.as_str())),
            ("username", user.text("username")),
            ("email", user.text("email")),
        ] {
            values.extend(value.map(|value| (name.to_owned(), Json::from(value))));
        }
        let template = self.template(kind, user);
        let subject = fill(&template.subject, &values, Escape::Nothing);
        let text = fill(&template.text, &values, Escape::Nothing);
        let html = template.html.as_deref();
        Some(Mail {
            kind,
            user: user.id.clone(),
            to,
            subject,
            text,
            html: html.map(|html| fill(html, &values, Escape::Html)),
            link,
        })
    }

    /// The template in the user's language, or else the one for everyone.
    fn template(&self, kind: MailKind, user: &ParseObject) -> MailTemplate {
        let locale = self.templates.locale_field.as_deref();
        let locale = locale.and_then(|field| user.text(field)).unwrap_or("");
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        match self.templates.of(kind) {
            Some(own) => {
                let localised = own.locales.get(locale).or(own.locales.get(language));
                localised.unwrap_or(&own.template).clone()
            }
            None => {
                let (subject, text) = match (kind, language) {
                    (MailKind::VerifyEmail, "de") => VERIFY_DE,
                    (MailKind::ResetPassword, "de") => RESET_DE,
                    (MailKind::VerifyEmail, _) => VERIFY_EN,
                    (MailKind::ResetPassword, _) => RESET_EN,
                };
                MailTemplate {
                    subject: subject.to_owned(),
                    text: text.to_owned(),
                    html: None,
                }
            }
        }
    }
}

fn token_fields(kind: MailKind) -> TokenFields {
    match kind {
        MailKind::VerifyEmail => VERIFY_EMAIL,
        MailKind::ResetPassword => RESET_PASSWORD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse::email_adapter::LocalisedTemplate;
    use crate::domain::names::ObjectId;
    use crate::domain::value::Fields;
    use chrono::DateTime;
    use serde_json::json;

    fn letters(templates: MailTemplates) -> Letters {
        Letters {
            address: PageAddress {
                public_server_url: "https://cats.example/parse".to_owned(),
                pages_endpoint: "apps".to_owned(),
                application_id: "cats".to_owned(),
                parse_frame_url: None,
            },
            app_name: "Cats & Co".to_owned(),
            templates,
        }
    }

    fn user(fields: &[(&str, &str)]) -> ParseObject {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), ParseValue::from(*value)));
        let fields = Fields::from_iter(fields);
        ParseObject::new(ObjectId::new("u"), DateTime::UNIX_EPOCH, None, fields)
    }

    #[test]
    fn a_reset_goes_to_a_name_that_is_an_address_too() {
        let letters = letters(MailTemplates::default());
        let user = user(&[("username", "tom@x.example"), ("_perishable_token", "abc")]);
        let mail = letters.write(MailKind::ResetPassword, &user).unwrap();
        assert_eq!(
            (mail.to.as_str(), mail.link.as_str()),
            (
                "tom@x.example",
                "https://cats.example/parse/apps/cats/request_password_reset?token=abc"
            )
        );
        assert!(mail.text.contains(&mail.link) && mail.text.contains("account tom@x.example"));
        assert_eq!(letters.write(MailKind::VerifyEmail, &user), None);
    }

    #[test]
    fn an_address_that_was_proved_meanwhile_needs_no_mail() {
        let mut user = user(&[("email", "t@x"), ("_email_verify_token", "abc")]);
        let letters = letters(MailTemplates::default());
        assert!(letters.write(MailKind::VerifyEmail, &user).is_some());
        user.fields.insert("emailVerified".to_owned(), true.into());
        assert_eq!(letters.write(MailKind::VerifyEmail, &user), None);
    }

    #[test]
    fn templates_are_the_operators_and_the_users_language() {
        let own: LocalisedTemplate = serde_json::from_value(json!({
            "subject": "S", "text": "{{username}}", "html": "<p>{{username}}</p>",
            "locales": {"fr": {"subject": "F", "text": "{{link}}"}},
        }))
        .unwrap();
        let letters = letters(MailTemplates {
            locale_field: Some("language".to_owned()),
            verification_email: Some(own),
            password_reset_email: None,
        });
        let mut tom = user(&[
            ("username", "<tom>"),
            ("email", "t@x"),
            ("_email_verify_token", "abc"),
            ("_perishable_token", "abc"),
        ]);
        let mail = letters.write(MailKind::VerifyEmail, &tom).unwrap();
        assert_eq!(
            (mail.text.as_str(), mail.html.as_deref()),
            ("<tom>", Some("<p>&lt;tom&gt;</p>"))
        );
        tom.fields.insert("language".to_owned(), "fr-CA".into());
        let mail = letters.write(MailKind::VerifyEmail, &tom).unwrap();
        assert_eq!(mail.subject, "F");
        tom.fields.insert("language".to_owned(), "de-AT".into());
        let mail = letters.write(MailKind::ResetPassword, &tom).unwrap();
        assert!(mail.text.contains("Passwort"));
    }
}
