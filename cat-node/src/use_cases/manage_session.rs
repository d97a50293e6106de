//! Sessions as objects: a user sees and ends its own, and cannot rewrite what makes them sessions.

use serde_json::{Map, Value as Json};

use super::Failure;
use super::create_object::Created;
use super::log_out::log_out;
use super::start_session::{self, Origin, new_session};
use crate::caller::{Caller, LiveSession};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::{SESSION_TOKEN_FIELD, object_to_json};
use crate::node::Node;
use crate::storage::Transaction;

/// Fields that make a session what it is.
const FIXED_FIELDS: &[&str] = &[
    "user",
    "installationId",
    "sessionToken",
    "expiresAt",
    "createdWith",
];

fn token_required() -> ParseError {
    ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, "Session token required.")
}

fn own_session(caller: &Caller) -> Result<&LiveSession, ParseError> {
    caller.session.as_deref().ok_or_else(token_required)
}

/// One more session of the caller.
pub async fn create_session(
    node: &Node,
    caller: &Caller,
    _body: Map<String, Json>,
) -> Result<Created, Failure> {
    let user = &own_session(caller)?.user;
    let session = new_session(node, &user.id, Origin::Create, None);
    store(node, &session, &user.id).await?;
    let mut told = session_json(node, &session).await?;
    told.remove("createdAt");
    told.remove("updatedAt");
    Ok(Created {
        id: session.id,
        created_at: session.created_at,
        told,
    })
}

/// A new session in exchange for an old token.
pub async fn upgrade_session(node: &Node, caller: &Caller) -> Result<Map<String, Json>, Failure> {
    let user = &own_session(caller)?.user;
    let session = new_session(
        node,
        &user.id,
        Origin::Upgrade,
        caller.installation_id.as_deref(),
    );
    store(node, &session, &user.id).await?;
    session_json(node, &session).await
}

async fn store(node: &Node, session: &ParseObject, user: &ObjectId) -> Result<(), Failure> {
    let transaction = start_session::start(node, session, user, Transaction::default()).await?;
    node.commit(transaction).await?;
    Ok(())
}

async fn session_json(node: &Node, session: &ParseObject) -> Result<Map<String, Json>, Failure> {
    Ok(object_to_json(
        session,
        &*node.schema_or_empty(&ClassName::SESSION).await?,
    ))
}

/// The session whose token the request came with.
pub async fn current_session(
    node: &Node,
    token: Option<&str>,
) -> Result<Map<String, Json>, Failure> {
    let token = token.ok_or_else(token_required)?;
    let session = super::authenticate::find_session(node, token).await?;
    let missing = || ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, "Session token not found.");
    session_json(node, &session.ok_or_else(missing)?).await
}

/// Refuses changes of other users' sessions and of what makes a session.
pub async fn check_update(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    body: &Map<String, Json>,
) -> Result<(), Failure> {
    if caller.is_master() {
        return Ok(());
    }
    if let Some(fixed) = FIXED_FIELDS.iter().find(|field| body.contains_key(**field)) {
        let text = format!("Invalid key name: {fixed}");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text).into());
    }
    find_own(node, caller, id)
        .await?
        .ok_or_else(ParseError::object_not_found)?;
    Ok(())
}

pub async fn delete_session(node: &Node, caller: &Caller, id: &ObjectId) -> Result<(), Failure> {
    let session = find_own(node, caller, id).await?;
    let absent = || ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "Object not found for delete.");
    match session.ok_or_else(absent)?.text(SESSION_TOKEN_FIELD) {
        Some(token) => log_out(node, token).await,
        None => Err(absent().into()),
    }
}

/// The session, when it is one of the caller's own or the caller is the master.
async fn find_own(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
) -> Result<Option<ParseObject>, Failure> {
    let session = node
        .storage
        .get(&ClassName::SESSION, id, &caller.access())
        .await?;
    Ok(session.filter(|session| {
        let owner = session.get("user").and_then(|user| user.as_pointer());
        caller.is_master() || owner.is_some_and(|owner| caller.is_user(&owner.id))
    }))
}
