//! What cat-node tells the world about cats and how to recognise them.

use crate::id::CatId;
use crate::timestamp;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A cat signed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatRegistered {
    /// The cat.
    pub cat: CatId,
    /// Its user name.
    pub name: String,
    /// When.
    #[serde(with = "timestamp")]
    pub registered_at: DateTime<Utc>,
}

/// A cat changed its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatUpdated {
    /// The cat.
    pub cat: CatId,
    /// Its user name now.
    pub name: String,
    /// When.
    #[serde(with = "timestamp")]
    pub updated_at: DateTime<Utc>,
}

/// A cat is gone: everybody forgets what names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatErased {
    /// The cat.
    pub cat: CatId,
    /// When.
    #[serde(with = "timestamp")]
    pub erased_at: DateTime<Utc>,
}

/// A session ended: access tokens that name it are refused from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionRevoked {
    /// Whose.
    pub cat: CatId,
    /// The session's id (not its secret), the claim `sid` of its access tokens.
    pub session: String,
    /// When.
    #[serde(with = "timestamp")]
    pub revoked_at: DateTime<Utc>,
}

/// The public keys that verify access tokens: all that are good now; those not listed are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysPublished {
    /// The keys, as `/.well-known/jwks.json` lists them.
    pub keys: Vec<PublicKey>,
    /// When.
    #[serde(with = "timestamp")]
    pub published_at: DateTime<Utc>,
}

/// A JSON Web Key of an Ed25519 public key (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    /// The key's name, in the header of each token that it signed.
    pub kid: String,
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub key_use: String,
    /// The 32 bytes of the key, base64url without padding.
    pub x: String,
}
