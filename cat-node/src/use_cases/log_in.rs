//! A cat logs in.

use serde_json::{Map, Value as Json};

use super::Failure;
use super::sign_up::PASSWORD_FIELD;
use super::start_session::{self, Origin, new_session};
use crate::caller::Caller;
use crate::domain::credentials::wrong_credentials;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::{SESSION_TOKEN_FIELD, object_to_json};
use crate::domain::query::{Filter, Query};
use crate::node::Node;
use crate::storage::Transaction;

/// Checks the credentials and starts a session; the answer is the user with its session's token.
pub async fn log_in(
    node: &Node,
    caller: &Caller,
    input: &Map<String, Json>,
) -> Result<Map<String, Json>, Failure> {
    let user = verified_user(node, input).await?;
    with_new_session(node, caller, &user, Origin::LogIn).await
}

/// Checks the credentials and nothing else.
pub async fn verify_password(
    node: &Node,
    input: &Map<String, Json>,
) -> Result<Map<String, Json>, Failure> {
    let user = verified_user(node, input).await?;
    Ok(object_to_json(
        &user,
        &*node.schema_or_empty(&ClassName::USER).await?,
    ))
}

/// A session of any user, for the master key.
pub async fn log_in_as(
    node: &Node,
    caller: &Caller,
    input: &Map<String, Json>,
) -> Result<Map<String, Json>, Failure> {
    if !caller.is_master() {
        return Err(ParseError::permission_denied().into());
    }
    caller.check_may_write()?;
    let id = input
        .get("userId")
        .and_then(Json::as_str)
        .filter(|id| !id.is_empty());
    let invalid = |text: &str| ParseError::new(ErrorCode::INVALID_JSON, text);
    let id =
        ObjectId::new(id.ok_or_else(|| invalid("userId must not be empty, null, or undefined"))?);
    let user = node
        .storage
        .get(&ClassName::USER, &id, &caller.access())
        .await?;
    let user =
        user.ok_or_else(|| ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "user not found"))?;
    with_new_session(node, caller, &user, Origin::LogIn).await
}

async fn with_new_session(
    node: &Node,
    caller: &Caller,
    user: &ParseObject,
    origin: Origin,
) -> Result<Map<String, Json>, Failure> {
    let session = new_session(node, &user.id, origin, caller.installation_id.as_deref());
    let transaction =
        start_session::start(node, &session, &user.id, Transaction::default()).await?;
    node.commit(transaction).await?;
    let mut json = object_to_json(user, &*node.schema_or_empty(&ClassName::USER).await?);
    json.insert(
        "sessionToken".to_owned(),
        session.text(SESSION_TOKEN_FIELD).into(),
    );
    Ok(json)
}

async fn verified_user(node: &Node, input: &Map<String, Json>) -> Result<ParseObject, Failure> {
    let given = |name: &str| {
        input
            .get(name)
            .filter(|value| !value.is_null() && **value != "")
    };
    let (username, email) = (given("username"), given("email"));
    if username.is_none() && email.is_none() {
        return Err(
            ParseError::new(ErrorCode::USERNAME_MISSING, "username/email is required.").into(),
        );
    }
    let password = given("password");
    let password = password
        .ok_or_else(|| ParseError::new(ErrorCode::PASSWORD_MISSING, "password is required."))?;
    // What is not a text fits nobody.
    let as_text = |value: Option<&Json>| {
        value
            .map(|value| value.as_str().map(str::to_owned))
            .map_or(Ok(None), |text| {
                text.map(Some).ok_or_else(wrong_credentials)
            })
    };
    let (username, email) = (as_text(username)?, as_text(email)?);
    let password = password.as_str().ok_or_else(wrong_credentials)?;
    let user = find_user(node, username.as_deref(), email.as_deref()).await?;
    let hash = user.as_ref().and_then(|user| user.text(PASSWORD_FIELD));
    let fits = node.passwords.matches(password, hash).await?;
    user.filter(|_| fits)
        .ok_or_else(|| wrong_credentials().into())
}

async fn find_user(
    node: &Node,
    username: Option<&str>,
    email: Option<&str>,
) -> Result<Option<ParseObject>, Failure> {
    let named = |field: &'static str, text: &str| Filter::equal(FieldPath::internal(field), text);
    let filter = match (username, email) {
        (Some(username), Some(email)) => {
            Filter::And(vec![named("username", username), named("email", email)])
        }
        (None, Some(email)) => named("email", email),
        (Some(username), None) => {
            let user = node
                .storage
                .find(&Query::all(ClassName::USER).filter(named("username", username)))
                .await?
                .pop();
            if user.is_some() {
                return Ok(user);
            }
            named("email", username)
        }
        (None, None) => return Ok(None),
    };
    Ok(node
        .storage
        .find(&Query::all(ClassName::USER).filter(filter))
        .await?
        .pop())
}

/// The user of the caller's session, as that user sees itself.
pub async fn current_user(node: &Node, caller: &Caller) -> Result<Map<String, Json>, Failure> {
    let Some(session) = &caller.session else {
        return Err(ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, "Permission denied").into());
    };
    let mut json = object_to_json(
        &session.user,
        &*node.schema_or_empty(&ClassName::USER).await?,
    );
    json.insert("sessionToken".to_owned(), session.token.clone().into());
    Ok(json)
}
