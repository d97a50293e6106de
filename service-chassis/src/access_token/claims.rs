//! What an access token says.

use serde::{Deserialize, Serialize};
use shared_events::id::CatId;

/// How long an access token lives, in seconds.
pub const LIFETIME_SECONDS: i64 = 900;

/// The claims of an access token (RFC 9068 in spirit; names as in RFC 7519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The cat.
    pub sub: CatId,
    /// Its user name.
    pub name: String,
    /// Its roles, those it inherits with them.
    pub roles: Vec<String>,
    /// Who signed: [`super::ISSUER`].
    pub iss: String,
    /// The services that it is for.
    pub aud: Vec<String>,
    /// The end of its life, seconds since 1970.
    pub exp: i64,
    /// The start of its life, seconds since 1970.
    pub iat: i64,
    /// The id (not the secret) of the session that it stands for.
    pub sid: String,
}
