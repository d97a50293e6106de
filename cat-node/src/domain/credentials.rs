//! Rules for what a user signs in with.

use serde_json::{Map, Value as Json};

use super::error::{ErrorCode, ParseError};

/// Longest user name, e-mail address and password; bcrypt reads 72 bytes of a password.
pub const MAX_CREDENTIAL_CHARS: usize = 1_024;

/// Refuses a sign-up without a name and a password.
pub fn check_present(body: &Map<String, Json>) -> Result<(), ParseError> {
    let has = |name: &str| {
        body.get(name)
            .and_then(Json::as_str)
            .is_some_and(is_sensible)
    };
    if !has("username") {
        return Err(bad_username());
    }
    if !has("password") {
        return Err(ParseError::new(
            ErrorCode::PASSWORD_MISSING,
            "password is required",
        ));
    }
    Ok(())
}

pub fn bad_username() -> ParseError {
    ParseError::new(ErrorCode::USERNAME_MISSING, "bad or missing username")
}

fn is_sensible(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_CREDENTIAL_CHARS
}

/// Refuses what is no e-mail address: something, an `@`, something, on one line.
pub fn check_email(email: &str) -> Result<(), ParseError> {
    let last = email.len().saturating_sub(1);
    let is_address = email.match_indices('@').any(|(at, _)| at > 0 && at < last)
        && !email.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
    if is_address && email.len() <= MAX_CREDENTIAL_CHARS {
        return Ok(());
    }
    Err(ParseError::new(
        ErrorCode::INVALID_EMAIL_ADDRESS,
        "Email address format is invalid.",
    ))
}

/// The one answer to a wrong name, a wrong password, and a user without a password.
pub fn wrong_credentials() -> ParseError {
    ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "Invalid username/password.")
}

/// What somebody says to be let in: a name, an address or both, and a password.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    pub username: Option<&'a str>,
    pub email: Option<&'a str>,
    pub password: &'a str,
}

impl<'a> Claim<'a> {
    pub fn from_json(input: &'a Map<String, Json>) -> Result<Self, ParseError> {
        let given = |name: &str| input.get(name).filter(|value| is_truthy(value));
        let (username, email) = (given("username"), given("email"));
        if username.is_none() && email.is_none() {
            return Err(ParseError::new(
                ErrorCode::USERNAME_MISSING,
                "username/email is required.",
            ));
        }
        let missing = || ParseError::new(ErrorCode::PASSWORD_MISSING, "password is required.");
        let password = given("password").ok_or_else(missing)?;
        // What is not a text fits nobody.
        let text = |value: &'a Json| value.as_str().ok_or_else(wrong_credentials);
        Ok(Self {
            password: text(password)?,
            username: username.map(text).transpose()?,
            email: email.map(text).transpose()?,
        })
    }
}

/// As JavaScript sees it, which decides whether a credential was given at all.
pub fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(_) | Json::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_has_something_on_both_sides() {
        for good in ["a@b", "@a@b", "a b@c", "é@ü.example"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "ab", "a@b\nc"] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_claim_names_somebody_and_has_a_password() {
        let code = |input: Json| {
            Claim::from_json(input.as_object().unwrap())
                .unwrap_err()
                .code
        };
        assert_eq!(code(json!({"password": "x"})), ErrorCode::USERNAME_MISSING);
        assert_eq!(
            code(json!({"username": "x", "password": ""})),
            ErrorCode::PASSWORD_MISSING
        );
        for hostile in [
            json!({"username": {"$ne": 1}, "password": "x"}),
            json!({"email": {"$ne": 1}, "password": "x"}),
            json!({"username": "x", "password": {"$regex": ".*"}}),
        ] {
            assert_eq!(code(hostile), ErrorCode::OBJECT_NOT_FOUND);
        }
    }
}
