//! A text that must not be seen: it prints as `***` and is compared in constant time.

use serde::Deserialize;
use std::fmt;
use subtle::ConstantTimeEq;

/// A secret text.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; not for logs, errors or answers.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `text` is the secret, in a time that does not tell how much of it fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_stars() {
        let secret = Secret::new("tuna");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert!(secret.matches("tuna") && !secret.matches("tun") && !secret.matches("tunb"));
    }
}
