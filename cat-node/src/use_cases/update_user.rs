//! A user changes itself: its fields, its name, its password.

use serde_json::{Map, Value as Json};

use super::check_credentials::check_unused;
use super::sign_up::{PASSWORD_FIELD, unsupported_auth_data};
use super::start_session::{Origin, end_sessions, new_session, sessions_of};
use super::update_object::{self, Updated};
use super::{Failure, announce, write_object};
use crate::caller::Caller;
use crate::domain::acl::Permission;
use crate::domain::credentials::{MAX_CREDENTIAL_CHARS, check_email};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::permissions::Operation;
use crate::domain::update::parse::Change;
use crate::domain::update::{AclChange, FieldOp};
use crate::node::Node;
use crate::storage::{Transaction, Write};

pub async fn update_user(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    mut body: Map<String, Json>,
) -> Result<Updated, Failure> {
    if !caller.is_master() && !caller.is_user(id) {
        return Err(ParseError::new(ErrorCode::SESSION_MISSING, "Permission denied").into());
    }
    check_body(&body, caller)?;
    check_unused(node, &body, Some(id)).await?;
    let password = body.remove("password");
    body.remove("authData");
    // The SDKs send the token back with the rest of the user.
    body.remove("sessionToken");
    let mut fitting =
        write_object::read_change(node, caller, &ClassName::USER, Operation::Update, &body).await?;
    let change = &mut fitting.change;
    write_object::drop_relation_values(&mut change.update);
    keep_own_access(id, change);

    let mut transaction = Transaction::default();
    if let Some(name) = body.get("username").and_then(Json::as_str) {
        transaction = transaction.event(announce::cat_updated(id, name, node.now())?);
    }
    let mut new_token = None;
    if let Some(password) = password.as_ref().filter(|password| !password.is_null()) {
        let password = password
            .as_str()
            .filter(|text| !text.is_empty() && text.len() <= MAX_CREDENTIAL_CHARS);
        let password = password
            .ok_or_else(|| ParseError::new(ErrorCode::PASSWORD_MISSING, "password is required"))?;
        let hash = node.passwords.hash(password).await?;
        change.update.ops.push((
            FieldPath::internal(PASSWORD_FIELD),
            FieldOp::Set(hash.into()),
        ));
        if node.settings.revoke_session_on_password_reset {
            new_token = replace_sessions(node, caller, id, &mut transaction).await?;
        }
    }
    let updated =
        update_object::commit(node, caller, &ClassName::USER, id, change, transaction).await;
    node.forget_sessions_of(id);
    let mut updated = updated?;
    updated.told.remove(PASSWORD_FIELD);
    updated
        .told
        .extend(new_token.map(|token| ("sessionToken".to_owned(), token.into())));
    Ok(updated)
}

fn check_body(body: &Map<String, Json>, caller: &Caller) -> Result<(), ParseError> {
    if body.contains_key("emailVerified") && !caller.is_master() {
        return Err(ParseError::permission_denied());
    }
    // `null` and `{}` change nothing: SDKs send them back with the rest of the user.
    if body
        .get("authData")
        .and_then(Json::as_object)
        .is_some_and(|data| !data.is_empty())
    {
        return Err(unsupported_auth_data());
    }
    match body.get("email").and_then(Json::as_str) {
        Some(email) if !email.is_empty() => check_email(email)?,
        _ => {}
    }
    match body.get("username") {
        Some(Json::String(name)) if name.is_empty() || name.len() > MAX_CREDENTIAL_CHARS => Err(
            ParseError::new(ErrorCode::USERNAME_MISSING, "bad or missing username"),
        ),
        Some(name) if name.is_object() => {
            let text = "You cannot use [object Object] as a query parameter.";
            Err(ParseError::new(ErrorCode::INVALID_JSON, text))
        }
        _ => Ok(()),
    }
}

/// A user cannot lock itself out.
fn keep_own_access(id: &ObjectId, change: &mut Change) {
    if let AclChange::Set(acl) = &change.update.acl {
        change.update.acl = AclChange::Set(acl.clone().with_user(id, Permission::READ_WRITE));
    }
}

/// A new password ends every session of the user; the one who changed it goes on with a new one.
async fn replace_sessions(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    transaction: &mut Transaction,
) -> Result<Option<String>, Failure> {
    end_sessions(node, id, sessions_of(id), transaction).await?;
    if !caller.is_user(id) {
        return Ok(None);
    }
    let session = new_session(
        node,
        id,
        Origin::PasswordChange,
        caller.installation_id.as_deref(),
    );
    transaction.writes.push(Write::Insert {
        class: ClassName::SESSION,
        object: session.clone(),
    });
    Ok(session.text(SESSION_TOKEN_FIELD).map(str::to_owned))
}
