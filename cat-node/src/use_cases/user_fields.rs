//! The fields of a user that are not like others, in the body of a sign-up or of a change.

use serde_json::{Map, Value as Json};

use super::sign_up::unsupported_auth_data;
use crate::caller::Caller;
use crate::domain::credentials::MAX_CREDENTIAL_CHARS;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::update::{FieldOp, Update};
use crate::domain::value::ParseValue;

/// What a body says of the password.
#[derive(Debug, PartialEq, Eq)]
pub enum NewPassword {
    Unchanged,
    Text(String),
}

/// Refuses what only the service or the master key may set, and drops what SDKs send back with the rest of a user.
pub fn prepare_body(caller: &Caller, body: &mut Map<String, Json>) -> Result<(), ParseError> {
    match body.get("authData") {
        None => {}
        Some(Json::Object(providers)) if providers.is_empty() => {
            body.remove("authData");
        }
        // The schema says what it should be.
        Some(Json::Array(items)) if items.is_empty() => {}
        Some(Json::Number(_)) => {}
        Some(_) => return Err(unsupported_auth_data()),
    }
    if body.contains_key("emailVerified") && !caller.is_unrestricted() {
        return Err(ParseError::permission_denied());
    }
    body.remove("sessionToken");
    Ok(())
}

/// Takes the password out of a change that was held against the schema: it is kept as a hash, elsewhere.
pub fn take_password(update: &mut Update) -> Result<NewPassword, ParseError> {
    let is_password = |(path, _): &(_, _)| {
        let path: &crate::domain::names::FieldPath = path;
        path.as_str() == "password"
    };
    let mut password = NewPassword::Unchanged;
    for (_, op) in update.ops.extract_if(.., |op| is_password(op)) {
        password = match op {
            FieldOp::Set(ParseValue::Null) => NewPassword::Unchanged,
            FieldOp::Set(ParseValue::String(text)) if text.len() <= MAX_CREDENTIAL_CHARS => {
                NewPassword::Text(text)
            }
            _ => {
                return Err(ParseError::new(
                    ErrorCode::PASSWORD_MISSING,
                    "password is required",
                ));
            }
        };
    }
    Ok(password)
}
