//! Signs access tokens as cat-node does.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use service_chassis::access_token::{Claims, LIFETIME_SECONDS};
use shared_events::{
    events::cat_node::{KeysPublished, PublicKey},
    id::CatId,
};

/// A key pair of cat-node.
pub(crate) struct Signer {
    key: EncodingKey,
    public: PublicKey,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let public = PublicKey {
            kid: "key-1".into(),
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            alg: "EdDSA".into(),
            key_use: "sig".into(),
            x: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        };
        Self {
            key: EncodingKey::from_ed_der(document.as_ref()),
            public,
        }
    }

    pub(crate) fn published(&self, at: DateTime<Utc>) -> KeysPublished {
        KeysPublished {
            keys: vec![self.public.clone()],
            published_at: at,
        }
    }

    /// A token of the session `session-<cat>`.
    pub(crate) fn token(&self, cat: &str, roles: &[&str], now: DateTime<Utc>) -> String {
        let claims = Claims {
            sub: CatId::new(cat).unwrap(),
            name: cat.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            iss: "cat-node".into(),
            aud: vec!["cadaver-exchange".into()],
            exp: now.timestamp() + LIFETIME_SECONDS,
            iat: now.timestamp(),
            sid: format!("session-{cat}"),
        };
        let header = Header {
            kid: Some(self.public.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }
}
