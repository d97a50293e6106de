//! The access token of design section 4: its claims, and how one is signed.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use super::signing_key::SigningKey;

/// The services that take these tokens.
pub const AUDIENCE: [&str; 2] = ["cadaver-exchange", "mouse-trap"];

/// Who asks for a token: what a live session says.
#[derive(Debug, Clone)]
pub struct Bearer {
    pub cat_id: String,
    pub name: String,
    /// Role names without the `role:` prefix, roles of roles included.
    pub roles: Vec<String>,
    /// The session's object id: not a secret, and what `session-revoked` names.
    pub session_id: String,
    pub session_expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: Vec<String>,
    pub exp: i64,
    pub iat: i64,
    pub sid: String,
    pub name: String,
    pub roles: Vec<String>,
}

impl Claims {
    /// A token never outlives its session.
    pub fn new(bearer: Bearer, issuer: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> Self {
        let end = now + lifetime;
        let end = bearer
            .session_expires_at
            .map_or(end, |session_end| end.min(session_end));
        Self {
            iss: issuer.to_owned(),
            sub: bearer.cat_id,
            aud: AUDIENCE.map(str::to_owned).to_vec(),
            exp: end.timestamp(),
            iat: now.timestamp(),
            sid: bearer.session_id,
            name: bearer.name,
            roles: bearer.roles,
        }
    }

    pub fn sign(&self, key: &SigningKey) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, self, &EncodingKey::from_ed_der(key.pkcs8()))
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    fn tom() -> Bearer {
        Bearer {
            cat_id: "aB3dE5gH7j".to_owned(),
            name: "tom".to_owned(),
            roles: vec!["royal-court".to_owned()],
            session_id: "s1s1s1s1s1".to_owned(),
            session_expires_at: None,
        }
    }

    #[test]
    fn a_verifier_with_the_public_half_reads_the_claims() {
        let now = Utc::now();
        let key = SigningKey::generate(1, now).unwrap();
        let claims = Claims::new(tom(), "cat-node", now, TimeDelta::minutes(15));
        let token = claims.sign(&key).unwrap();

        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["mouse-trap"]);
        let public = DecodingKey::from_ed_components(&key.public_x()).unwrap();
        let read = jsonwebtoken::decode::<Claims>(&token, &public, &validation).unwrap();

        assert_eq!(read.header.kid, Some(key.id));
        assert_eq!(read.claims, claims);
        assert_eq!(claims.exp - claims.iat, 900);
    }

    #[test]
    fn a_token_dies_with_its_session() {
        let now = DateTime::UNIX_EPOCH;
        let bearer = Bearer {
            session_expires_at: Some(now + TimeDelta::minutes(2)),
            ..tom()
        };
        assert_eq!(
            Claims::new(bearer, "cat-node", now, TimeDelta::minutes(15)).exp,
            120
        );
    }
}
