//! A trap's own credential: 256 random bits, shown once, kept only as their hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Marks the secrets of traps, so that scanners find leaked ones.
const PREFIX: &str = "mt_";

/// The random bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// A secret in the clear: printed as `***`, shown to its owner once.
#[derive(Clone, PartialEq, Eq)]
pub struct TrapSecret(String);

impl TrapSecret {
    /// The secret that carries these random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text to hand over. Never log it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn credential(&self, issued_at: DateTime<Utc>) -> Credential {
        Credential {
            hash: hash(&self.0),
            issued_at,
        }
    }
}

impl fmt::Debug for TrapSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is kept of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// SHA-256 of the secret's text. The secret has 256 random bits, so a slow hash would add nothing.
    pub hash: [u8; 32],
    /// When it was handed over.
    pub issued_at: DateTime<Utc>,
}

impl Credential {
    /// Whether `presented` is the secret; takes the same time wherever they differ.
    #[must_use]
    pub fn accepts(&self, presented: &str) -> bool {
        self.hash.ct_eq(&hash(presented)).into()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Credential {{ hash: ***, issued_at: {} }}",
            self.issued_at
        )
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_its_secret_and_never_prints_it() {
        let secret = TrapSecret::from_random([7; SECRET_BYTES]);
        let credential = secret.credential(DateTime::UNIX_EPOCH);
        assert!(credential.accepts(secret.reveal()));
        assert!(!credential.accepts("mt_") && !credential.accepts(""));
        assert_eq!(format!("{secret:?}"), "***");
        assert!(format!("{credential:?}").contains("***"));
        assert!(secret.reveal().starts_with(PREFIX) && secret.reveal().len() == 46);
    }
}
