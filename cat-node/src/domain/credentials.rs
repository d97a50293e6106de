//! Rules for what a user signs in with.

use serde_json::{Map, Value as Json};

use super::error::{ErrorCode, ParseError};

/// Longest user name, e-mail address and password; bcrypt reads 72 bytes of a password.
pub const MAX_CREDENTIAL_CHARS: usize = 1_024;

/// The name and password of a sign-up.
#[derive(Debug)]
pub struct NewCredentials<'a> {
    pub username: &'a str,
    pub password: &'a str,
}

impl<'a> NewCredentials<'a> {
    pub fn from_json(body: &'a Map<String, Json>) -> Result<Self, ParseError> {
        let text = |name: &str| {
            body.get(name)
                .and_then(Json::as_str)
                .filter(|text| is_sensible(text))
        };
        let missing_name =
            || ParseError::new(ErrorCode::USERNAME_MISSING, "bad or missing username");
        let missing_password =
            || ParseError::new(ErrorCode::PASSWORD_MISSING, "password is required");
        Ok(Self {
            username: text("username").ok_or_else(missing_name)?,
            password: text("password").ok_or_else(missing_password)?,
        })
    }
}

fn is_sensible(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_CREDENTIAL_CHARS
}

/// Refuses what is no e-mail address: something, an `@`, something.
pub fn check_email(email: &str) -> Result<(), ParseError> {
    let is_address = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
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
