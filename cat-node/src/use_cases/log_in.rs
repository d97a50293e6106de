//! A cat logs in.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::authenticate::live_session;
use super::find_objects::{Shape, get_object};
use super::let_in::own_view;
use super::log_in_with::log_in_with_password_and;
use super::sign_up::unsupported_auth_data;
use super::start_session::{self, Origin, new_session};
use super::verify_credentials::verify_credentials;
use super::{Failure, show_auth_data};
use crate::caller::Caller;
use crate::domain::acl::Access;
use crate::domain::credentials::is_truthy;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::json::{SESSION_TOKEN_FIELD, object_to_json};
use crate::node::Node;
use crate::storage::Transaction;

/// Checks the credentials, and the second factor where there is one, and starts a session; the answer is the user with
/// its session's token.
pub async fn log_in(
    node: &Node,
    caller: &Caller,
    input: &Map<String, Json>,
    auth_data: Option<&Json>,
) -> Result<Map<String, Json>, Failure> {
    let user = verify_credentials(node, caller, input).await?;
    let given = match auth_data.filter(|given| is_truthy(given)) {
        None => None,
        Some(given) => Some(given.as_object().ok_or_else(unsupported_auth_data)?),
    };
    log_in_with_password_and(node, caller, given, &user).await
}

/// Checks the credentials and nothing else.
pub async fn verify_password(
    node: &Node,
    caller: &Caller,
    input: &Map<String, Json>,
) -> Result<Map<String, Json>, Failure> {
    let user = verify_credentials(node, caller, input).await?;
    own_view(node, caller, &user).await
}

/// A session of any user, for the master key; the answer is all that is stored of the user.
pub async fn log_in_as(
    node: &Node,
    caller: &Caller,
    input: &Map<String, Json>,
) -> Result<Map<String, Json>, Failure> {
    if !caller.is_master() {
        return Err(
            ParseError::denied(ErrorCode::OPERATION_FORBIDDEN, "master key is required").into(),
        );
    }
    caller.check_may("login as another user")?;
    let empty = || {
        let text = "userId must not be empty, null, or undefined";
        ParseError::new(ErrorCode::INVALID_VALUE, text)
    };
    let absent = || ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "user not found");
    let id = input.get("userId").filter(|id| is_truthy(id));
    let id = ObjectId::new(id.ok_or_else(empty)?.as_str().ok_or_else(absent)?);
    let user = node
        .storage
        .get(&ClassName::USER, &id, &Access::Master)
        .await?;
    let user = user.ok_or_else(absent)?;
    let session = new_session(
        node,
        &id,
        Origin::MasterKey,
        caller.installation_id.as_deref(),
    );
    let transaction = start_session::start(node, &session, &id, Transaction::default()).await?;
    node.commit(transaction).await?;
    let mut json = object_to_json(&user, &*node.schema_or_empty(&ClassName::USER).await?);
    show_auth_data::trim(node, caller, &mut json);
    json.insert(
        "sessionToken".to_owned(),
        session.text(SESSION_TOKEN_FIELD).into(),
    );
    Ok(json)
}

/// The user of the session, as that user sees itself, or as the master key does.
pub async fn current_user(
    node: &Node,
    caller: &Caller,
    token: Option<&str>,
) -> Result<Map<String, Json>, Failure> {
    let refusal = || ParseError::denied(ErrorCode::INVALID_SESSION_TOKEN, "Invalid session token");
    let session = match (&caller.session, token) {
        (Some(session), _) => Arc::clone(session),
        // The master key comes without the session that the request names.
        (None, Some(token)) => {
            live_session(node, token)
                .await
                .map_err(|failure| match failure {
                    Failure::Refused(_) => refusal().into(),
                    outage @ Failure::Outage { .. } => outage,
                })?
        }
        (None, None) => return Err(refusal().into()),
    };
    let id = &session.user.id;
    let user = get_object(
        node,
        caller,
        ClassName::USER.as_str(),
        id,
        &Shape::default(),
    )
    .await;
    let mut json = match user {
        // It is gone, or hidden from itself.
        Err(Failure::Refused(error)) if error == ParseError::object_not_found() => {
            return Err(refusal().into());
        }
        user => user?,
    };
    json.insert("sessionToken".to_owned(), session.token.clone().into());
    Ok(json)
}
