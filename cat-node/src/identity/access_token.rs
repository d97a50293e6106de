//! The access token of design section 4: its claims, and how one is signed.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use service_chassis::access_token::{Claims, ISSUER, LIFETIME_SECONDS};
use shared_events::id::CatId;

use super::signing_key::SigningKey;

/// The services that take these tokens.
pub const AUDIENCE: [&str; 2] = ["cadaver-exchange", "mouse-trap"];

/// Who asks for a token: what a live session says.
#[derive(Debug, Clone)]
pub struct Bearer {
    pub cat: CatId,
    pub name: String,
    /// Role names without the `role:` prefix, roles of roles included.
    pub roles: Vec<String>,
    /// The session's object id: not a secret, and what `session-revoked` names.
    pub session_id: String,
    pub session_expires_at: Option<DateTime<Utc>>,
}

/// What a token says of its bearer. It never outlives its session.
pub fn claims(bearer: Bearer, now: DateTime<Utc>) -> Claims {
    let end = now + TimeDelta::seconds(LIFETIME_SECONDS);
    let end = bearer
        .session_expires_at
        .map_or(end, |session_end| end.min(session_end));
    Claims {
        sub: bearer.cat,
        name: bearer.name,
        roles: bearer.roles,
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.map(str::to_owned).to_vec(),
        exp: end.timestamp(),
        iat: now.timestamp(),
        sid: bearer.session_id,
    }
}

pub fn sign(claims: &Claims, key: &SigningKey) -> Result<String, jsonwebtoken::errors::Error> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.id.clone());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(key.pkcs8()))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    fn tom() -> Bearer {
        Bearer {
            cat: CatId::new("aB3dE5gH7j").unwrap(),
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
        let claims = claims(tom(), now);
        let token = sign(&claims, &key).unwrap();

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
        assert_eq!(claims(bearer, now).exp, 120);
    }
}
