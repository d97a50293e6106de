//! Signed tokens (JWT) of providers: who signed them, for whom, about whom, and until when.
//!
//! The algorithm is the adapter's, never the token's; the audience is never optional.

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Url;
use serde_json::Value as Json;

use super::adapter::not_found;
use super::key_sets::KeySets;
use crate::use_cases::Failure;

/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// How much the clocks of a provider and of this machine may differ, in seconds.
const LEEWAY_S: i64 = 0;

/// The claims of a token whose signature is good and whose time is now.
pub async fn verified_claims(
    token: &str,
    algorithms: &[Algorithm],
    keys: &KeySets,
    key_set: &Url,
    now: DateTime<Utc>,
) -> Result<Json, Failure> {
    let no_token = || not_found("provided token does not decode as JWT");
    if token.len() > MAX_TOKEN_BYTES {
        return Err(no_token());
    }
    let parts: Vec<&str> = token.split('.').collect();
    if parts.len() != 3 {
        return Err(no_token());
    }
    let key_name = key_name(parts[0]).ok_or_else(no_token)?;
    let unknown = |name: &str| not_found(format!("Unable to find matching key for Key ID: {name}"));
    let key_name = key_name.ok_or_else(|| unknown("undefined"))?;
    let key = keys
        .key(key_set, &key_name, now)
        .await
        .ok_or_else(|| unknown(&key_name))?;
    if parts[2].is_empty() {
        return Err(not_found("jwt signature is required"));
    }
    let header = decode_header(token).map_err(|_| not_found("invalid algorithm"))?;
    if !algorithms.contains(&header.alg) {
        return Err(not_found("invalid algorithm"));
    }
    let key = DecodingKey::from_jwk(&key).map_err(|_| unknown(&key_name))?;
    // Signature alone: time, audience and the rest are looked at below, with this service's clock.
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims =
        decode::<Json>(token, &key, &validation).map_err(|error| not_found(refusal(&error)))?;
    check_time(&claims.claims, now).map_err(not_found)?;
    Ok(claims.claims)
}

/// The `kid` of a header; `None` outside when it is no header at all.
fn key_name(header: &str) -> Option<Option<String>> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(header)
        .ok()?;
    let header: Json = serde_json::from_slice(&bytes).ok()?;
    header.as_object()?;
    Some(header["kid"].as_str().map(str::to_owned))
}

/// In the words that apps know.
fn refusal(error: &jsonwebtoken::errors::Error) -> &'static str {
    match error.kind() {
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => "invalid algorithm",
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) => "jwt malformed",
        _ => "invalid signature",
    }
}

fn check_time(claims: &Json, now: DateTime<Utc>) -> Result<(), &'static str> {
    let now = now.timestamp();
    let seconds = |name: &str| claims[name].as_f64();
    #[allow(clippy::cast_precision_loss)] // seconds of this millennium
    let (early, late) = ((now - LEEWAY_S) as f64, (now + LEEWAY_S) as f64);
    if seconds("nbf").is_some_and(|start| start > late) {
        return Err("jwt not active");
    }
    // A token that never ends is no proof of anything today.
    match seconds("exp") {
        Some(end) if end > early => Ok(()),
        Some(_) => Err("jwt expired"),
        None => Err("invalid exp value"),
    }
}

/// Refuses a token that was made for another app.
pub fn check_audience(claims: &Json, wanted: &[String]) -> Result<(), Failure> {
    let is_wanted = |audience: &Json| {
        audience
            .as_str()
            .is_some_and(|audience| wanted.iter().any(|wanted| wanted == audience))
    };
    let fits = match &claims["aud"] {
        Json::Array(audiences) => audiences.iter().any(is_wanted),
        audience => is_wanted(audience),
    };
    if fits {
        return Ok(());
    }
    Err(not_found(format!(
        "jwt audience invalid. expected: {}",
        wanted.join(" or ")
    )))
}

/// Refuses a token about somebody else.
pub fn check_subject(claims: &Json, claimed: Option<&str>) -> Result<(), Failure> {
    match (claims["sub"].as_str(), claimed) {
        (Some(subject), Some(claimed)) if subject == claimed && !subject.is_empty() => Ok(()),
        _ => Err(not_found("auth data is invalid for this user.")),
    }
}

/// What is printed of a claim.
pub fn claim_text(claims: &Json, name: &str) -> String {
    match &claims[name] {
        Json::Null => "undefined".to_owned(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn time_is_a_claim_that_has_to_be_made() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(check_time(&json!({"exp": 10}), at(9)), Ok(()));
        assert_eq!(check_time(&json!({"exp": 10}), at(10)), Err("jwt expired"));
        assert_eq!(
            check_time(&json!({"exp": 10, "nbf": 8}), at(7)),
            Err("jwt not active")
        );
        assert!(check_time(&json!({}), at(7)).is_err());
        assert!(check_time(&json!({"exp": "10"}), at(7)).is_err());
    }

    #[test]
    fn an_audience_is_never_optional() {
        let wanted = ["app".to_owned()];
        assert!(check_audience(&json!({"aud": "app"}), &wanted).is_ok());
        assert!(check_audience(&json!({"aud": ["other", "app"]}), &wanted).is_ok());
        for wrong in [
            json!({}),
            json!({"aud": null}),
            json!({"aud": "App"}),
            json!({"aud": {"app": 1}}),
        ] {
            assert!(check_audience(&wrong, &wanted).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_subject_is_the_tokens() {
        assert!(check_subject(&json!({"sub": "1"}), Some("1")).is_ok());
        assert!(check_subject(&json!({"sub": "1"}), Some("2")).is_err());
        assert!(check_subject(&json!({}), None).is_err());
        assert!(check_subject(&json!({"sub": ""}), Some("")).is_err());
    }
}
