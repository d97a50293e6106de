//! The pages that links in mails lead to, their languages, and what they are told.

use serde_json::{Map, Value as Json};

/// A page; `file` is its name in every folder of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    PasswordReset,
    PasswordResetSuccess,
    PasswordResetLinkInvalid,
    EmailVerificationSuccess,
    EmailVerificationSendFail,
    EmailVerificationSendSuccess,
    EmailVerificationLinkInvalid,
}

impl Page {
    pub fn file(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset.html",
            Self::PasswordResetSuccess => "password_reset_success.html",
            Self::PasswordResetLinkInvalid => "password_reset_link_invalid.html",
            Self::EmailVerificationSuccess => "email_verification_success.html",
            Self::EmailVerificationSendFail => "email_verification_send_fail.html",
            Self::EmailVerificationSendSuccess => "email_verification_send_success.html",
            Self::EmailVerificationLinkInvalid => "email_verification_link_invalid.html",
        }
    }
}

/// A language, with or without a country: `en`, `de-AT`, `zh-Hans-CN`. It is also the name of a folder, so that
/// nothing else is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let language = parts.next()?;
        let is_language = (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_rest = parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        (is_language && is_rest).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

/// What a page is told, in the order it was set; also told to programs, in headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageParams(Vec<(&'static str, String)>);

impl PageParams {
    pub fn set(&mut self, name: &'static str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.0.push((name, value.to_owned())),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// As values of placeholders.
    pub fn to_values(&self) -> Map<String, Json> {
        let values = self.iter();
        values
            .map(|(name, value)| (name.to_owned(), Json::from(value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_languages_are_locales() {
        for text in ["en", "de-AT", "zh-Hans-CN", "gsw"] {
            assert_eq!(Locale::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Locale::parse("de-AT").unwrap().language(), "de");
        for text in [
            "", "e", "..", "../en", "en/..", "en-", "english", "d\0", "en-A",
        ] {
            assert!(Locale::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_parameter_keeps_its_place() {
        let mut params = PageParams::default()
            .with("token", Some("a"))
            .with("appId", Some("x"));
        params.set("token", "b");
        let all: Vec<_> = params.iter().collect();
        assert_eq!(all, [("token", "b"), ("appId", "x")]);
    }
}
