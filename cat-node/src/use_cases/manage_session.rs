//! Sessions as objects: a user sees and ends its own, and cannot rewrite what makes them sessions.

use serde_json::{Map, Value as Json};

use super::create_object::Created;
use super::log_out::log_out;
use super::start_session::{self, Origin, new_session};
use super::{Failure, role_grants, write_object};
use crate::caller::{Caller, LiveSession};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::{SESSION_TOKEN_FIELD, object_to_json};
use crate::domain::permissions::Operation;
use crate::domain::protected_fields::Protection;
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// Fields of a session that a client cannot give it.
const SET_BY_SERVICE: &[&str] = &[
    "objectId",
    "user",
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

/// One more session of the caller, with what else the body says of it. The answer is the whole of it.
pub async fn create_session(
    node: &Node,
    caller: &Caller,
    mut body: Map<String, Json>,
) -> Result<Created, Failure> {
    if caller.is_unrestricted() {
        return create_any_session(node, caller, body).await;
    }
    let user = &own_session(caller)?.user;
    check_no_acl(&body)?;
    write_object::custom_id(node, &mut body)?;
    body.retain(|key, _| !SET_BY_SERVICE.contains(&root(key)));
    let fitting =
        write_object::read_change(node, caller, &ClassName::SESSION, Operation::Create, &body)
            .await?;
    let mut session = new_session(node, &user.id, Origin::Create, None);
    session
        .fields
        .extend(fitting.change.update.initial_fields()?);
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

/// The master key makes a session of whatever it says.
async fn create_any_session(
    node: &Node,
    caller: &Caller,
    mut body: Map<String, Json>,
) -> Result<Created, Failure> {
    check_no_acl(&body)?;
    let id = write_object::custom_id(node, &mut body)?.unwrap_or_else(|| node.new_id());
    let fitting =
        write_object::read_change(node, caller, &ClassName::SESSION, Operation::Create, &body)
            .await?;
    let mut fields = fitting.change.update.initial_fields()?;
    if let Some(token) = fields.shift_remove("sessionToken") {
        fields.insert(SESSION_TOKEN_FIELD.to_owned(), token);
    }
    let session = ParseObject::new(id.clone(), node.now(), None, fields);
    let created_at = session.created_at;
    let write = Write::Insert {
        class: ClassName::SESSION,
        object: session,
    };
    node.commit(Transaction::default().write(write)).await?;
    Ok(Created {
        id,
        created_at,
        told: Map::new(),
    })
}

fn check_no_acl(body: &Map<String, Json>) -> Result<(), ParseError> {
    if body.contains_key("ACL") {
        return Err(ParseError::new(
            ErrorCode::INVALID_KEY_NAME,
            "Cannot set ACL on a Session.",
        ));
    }
    Ok(())
}

/// A new session in exchange for an old token.
pub async fn upgrade_session(node: &Node, caller: &Caller) -> Result<Map<String, Json>, Failure> {
    let none = || ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "invalid session");
    let user = &caller.session.as_deref().ok_or_else(none)?.user;
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
    let session = session.ok_or_else(missing)?;
    let mut json = session_json(node, &session).await?;
    if let Some(owner) = session.get("user").and_then(|user| user.as_pointer()) {
        let schema = node.schema_or_empty(&ClassName::SESSION).await?;
        let grants = role_grants::grants_of(node, &owner.id).await?;
        let settings = node.settings.protected_fields.get(schema.class.as_str());
        Protection::of(&schema, settings, &grants).remove_from(&mut json);
    }
    Ok(json)
}

/// Refuses changes of other users' sessions and of what makes a session.
pub async fn check_update(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    body: &Map<String, Json>,
) -> Result<(), Failure> {
    let user = match caller.is_unrestricted() {
        true => None,
        false => Some(&own_session(caller)?.user),
    };
    check_no_acl(body)?;
    check_fixed(user, body)?;
    if user.is_some() {
        find_own(node, caller, id)
            .await?
            .ok_or_else(ParseError::object_not_found)?;
    }
    Ok(())
}

/// `None` is the master key, which may give a session to another user, or more time.
fn check_fixed(user: Option<&ParseObject>, body: &Map<String, Json>) -> Result<(), ParseError> {
    let invalid = |name: &str| {
        ParseError::new(
            ErrorCode::INVALID_KEY_NAME,
            format!("Invalid key name: {name}"),
        )
    };
    if let (Some(user), Some(owner)) = (user, body.get("user"))
        && owner["objectId"] != user.id.as_str()
    {
        return Err(invalid("user"));
    }
    let fixed: &[&str] = match user {
        Some(_) => &["installationId", "sessionToken", "expiresAt", "createdWith"],
        None => &["installationId", "sessionToken"],
    };
    let is_named = |name: &&&str| body.keys().any(|key| root(key) == **name);
    match fixed.iter().find(is_named) {
        Some(name) => Err(invalid(name)),
        None => Ok(()),
    }
}

/// The field that a key is about, also when it reaches into the field with dots.
fn root(key: &str) -> &str {
    key.split_once('.').map_or(key, |(root, _)| root)
}

pub async fn delete_session(node: &Node, caller: &Caller, id: &ObjectId) -> Result<(), Failure> {
    if !caller.is_unrestricted() && caller.session.is_none() {
        let text = "Invalid session token";
        return Err(ParseError::denied(ErrorCode::INVALID_SESSION_TOKEN, text).into());
    }
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
        caller.is_unrestricted() || owner.is_some_and(|owner| caller.is_user(&owner.id))
    }))
}
