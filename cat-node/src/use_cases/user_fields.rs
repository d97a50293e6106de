//! The fields of a user that are not like others, in the body of a sign-up or of a change.

use serde_json::{Map, Value as Json};

use super::sign_up::unsupported_auth_data;
use crate::caller::Caller;
use crate::domain::auth_data::AuthData;
use crate::domain::credentials::MAX_CREDENTIAL_CHARS;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::update::{FieldOp, Update};
use crate::domain::value::ParseValue;
use crate::node::Node;

/// What a body says of the password.
#[derive(Debug, PartialEq, Eq)]
pub enum NewPassword {
    Unchanged,
    Text(String),
}

/// Takes `authData` out of a body: nothing of it is written that no provider has vouched for. What cannot be it stays, for
/// the schema to refuse.
pub fn take_auth_data(body: &mut Map<String, Json>) -> Result<Option<AuthData>, ParseError> {
    if let Some(path) = body.keys().find(|name| name.starts_with("authData.")) {
        let text = format!("Invalid field name for update: {path}");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
    }
    match body.get("authData") {
        None | Some(Json::Bool(true)) => return Ok(None),
        Some(Json::Object(_)) => {}
        Some(Json::Array(items)) if items.is_empty() => return Ok(None),
        Some(Json::Number(number)) if number.as_f64() != Some(0.0) => return Ok(None),
        Some(_) => return Err(unsupported_auth_data()),
    }
    Ok(match body.shift_remove("authData") {
        Some(Json::Object(providers)) if !providers.is_empty() => Some(providers),
        _ => None,
    })
}

/// Refuses what only the service or the master key may set, drops what SDKs send back with the rest of a user, and
/// writes names and addresses as the settings want them.
pub fn prepare_body(
    node: &Node,
    caller: &Caller,
    body: &mut Map<String, Json>,
) -> Result<(), ParseError> {
    if body.contains_key("emailVerified") && !caller.is_unrestricted() {
        let text = "Clients aren't allowed to manually update email verification.";
        return Err(ParseError::denied(ErrorCode::OPERATION_FORBIDDEN, text));
    }
    body.shift_remove("sessionToken");
    let lowered = [
        ("username", node.settings.convert_username_to_lowercase),
        ("email", node.settings.convert_email_to_lowercase),
    ];
    for (field, _) in lowered.into_iter().filter(|(_, is_wanted)| *is_wanted) {
        if let Some(Json::String(text)) = body.get_mut(field) {
            *text = text.to_lowercase();
        }
    }
    Ok(())
}

/// Takes the password out of a change that was held against the schema: it is kept as a hash, elsewhere.
pub fn take_password(update: &mut Update) -> Result<NewPassword, ParseError> {
    let mut password = NewPassword::Unchanged;
    for (_, op) in update
        .ops
        .extract_if(.., |(path, _)| path.as_str() == "password")
    {
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
