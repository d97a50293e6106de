//! One Ed25519 key that signs access tokens: made here, kept by the key store, its public half published.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// A signing key as it is stored. Its private half leaves the process only for the service's own database.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// RFC 7638 thumbprint of the public half: the `kid` of tokens and of the JWK.
    pub id: String,
    /// 1 for the first key, one more for each rotation. Unique: it decides races between replicas.
    pub generation: u32,
    pub made_at: DateTime<Utc>,
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    #[error("the operating system gave no randomness for a signing key")]
    NoRandomness,
    #[error("the stored signing key of generation {generation} is not a PKCS #8 Ed25519 key")]
    Damaged { generation: u32 },
}

impl SigningKey {
    pub fn generate(generation: u32, made_at: DateTime<Utc>) -> Result<Self, SigningKeyError> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| SigningKeyError::NoRandomness)?;
        Self::restore(generation, made_at, pkcs8.as_ref().to_vec())
    }

    /// The key that [`SigningKey::pkcs8`] gave to the key store.
    pub fn restore(
        generation: u32,
        made_at: DateTime<Utc>,
        pkcs8: Vec<u8>,
    ) -> Result<Self, SigningKeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8)
            .map_err(|_| SigningKeyError::Damaged { generation })?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            id: thumbprint(&public),
            generation,
            made_at,
            pkcs8,
            public,
        })
    }

    /// The private half, for the key store and the signer only.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The `x` of the public JWK: the 32 raw bytes in base64url.
    pub fn public_x(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }
}

/// RFC 7638: the members of an OKP key in lexicographic order, no white space, hashed.
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SigningKey {{ id: {}, generation: {}, private: *** }}",
            self.id, self.generation
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_8037() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let public = URL_SAFE_NO_PAD.decode(x).unwrap();
        assert_eq!(
            thumbprint(&public),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn a_stored_key_comes_back_the_same_and_never_prints_its_secret() {
        let key = SigningKey::generate(3, DateTime::UNIX_EPOCH).unwrap();
        let restored = SigningKey::restore(3, DateTime::UNIX_EPOCH, key.pkcs8().to_vec()).unwrap();
        assert_eq!(restored, key);
        assert!(format!("{key:?}").contains("***"));
        assert!(matches!(
            SigningKey::restore(3, DateTime::UNIX_EPOCH, vec![1, 2, 3]),
            Err(SigningKeyError::Damaged { generation: 3 })
        ));
    }
}
