//! What a user wants to be called and where it can be reached: well formed, and nobody else's, whatever the case of the
//! letters.

use serde_json::{Map, Value as Json};

use super::{Failure, duplicate};
use crate::domain::credentials::{MAX_CREDENTIAL_CHARS, bad_username, check_email};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::query::{Filter, Pattern, Query, Test};
use crate::node::Node;

/// Refuses a name or an address that another user has, and what is no address. The store refuses the very same text
/// again when it is written, so that of two sign-ups at once one fails.
///
/// The body has been held against the schema and the permissions of the class before: who may not create users does not
/// learn from here which there are.
pub async fn check_names(
    node: &Node,
    body: &Map<String, Json>,
    own_id: Option<&ObjectId>,
) -> Result<(), Failure> {
    match body.get("username") {
        Some(Json::String(name)) if name.len() > MAX_CREDENTIAL_CHARS => {
            return Err(bad_username().into());
        }
        Some(Json::String(name)) if !name.is_empty() => {
            check_unused(node, "username", name, own_id).await?;
        }
        Some(Json::Object(_)) => {
            let text = "You cannot use [object Object] as a query parameter.";
            return Err(ParseError::new(ErrorCode::INVALID_JSON, text).into());
        }
        _ => {}
    }
    match body.get("email").and_then(Json::as_str) {
        Some(email) if !email.is_empty() => {
            check_email(email)?;
            check_unused(node, "email", email, own_id).await
        }
        _ => Ok(()),
    }
}

async fn check_unused(
    node: &Node,
    field: &'static str,
    text: &str,
    own_id: Option<&ObjectId>,
) -> Result<(), Failure> {
    let filter = Filter::Field {
        path: FieldPath::internal(field),
        test: Test::Matches(Pattern::equal_ignoring_case(text)),
    };
    let holders = node
        .storage
        .find(&Query::all(ClassName::USER).filter(filter))
        .await?;
    if holders.iter().any(|holder| Some(&holder.id) != own_id) {
        return Err(duplicate(ClassName::USER.as_str(), field).into());
    }
    Ok(())
}
