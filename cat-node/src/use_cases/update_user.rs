//! A user changes itself: its fields, its name, its password. Others do so when its access list says that they may.

use serde_json::{Map, Value as Json};

use super::check_names::check_names;
use super::decide::Question;
use super::set_password::{check_password, forgetting_reset_token, password_ops};
use super::start_session::{Origin, end_sessions, new_session, sessions_of};
use super::update_object::{self, Updated};
use super::user_fields::{NewPassword, prepare_body, take_auth_data, take_password};
use super::verify_email::{Proof, ask_for_proof};
use super::vouch::{already_linked, identify, vouch};
use super::{Failure, announce, write_object};
use crate::caller::Caller;
use crate::domain::acl::{Access, Permission};
use crate::domain::auth_data::{self, ANONYMOUS, AuthData};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::permissions::Operation;
use crate::domain::query::Filter;
use crate::domain::update::AclChange;
use crate::domain::update::parse::Change;
use crate::node::Node;
use crate::storage::{Transaction, Write};

pub async fn update_user(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    body: Map<String, Json>,
) -> Result<Updated, Failure> {
    let updated = change(node, caller, id, body).await;
    node.forget_sessions_of(id);
    match updated {
        Err(Failure::Refused(error)) if !caller.is_unrestricted() => {
            Err(as_insufficient(error).into())
        }
        updated => updated,
    }
}

/// Who may not change a user is not told whether there is one.
pub(super) fn as_insufficient(error: ParseError) -> ParseError {
    if error.code == ErrorCode::OBJECT_NOT_FOUND {
        return insufficient();
    }
    error
}

fn insufficient() -> ParseError {
    ParseError::denied(ErrorCode::SESSION_MISSING, "Insufficient auth.")
}

async fn change(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    mut body: Map<String, Json>,
) -> Result<Updated, Failure> {
    let user = writable_user(node, caller, id).await?;
    let linking = match take_auth_data(&mut body)? {
        Some(given) => Some(link(node, caller, given, &user).await?),
        None => None,
    };
    prepare_body(node, caller, &mut body)?;
    let mut fitting =
        write_object::read_change(node, caller, &ClassName::USER, Operation::Update, &body).await?;
    let change = &mut fitting.change;
    write_object::drop_relation_values(&mut change.update);
    let password = take_password(&mut change.update)?;
    if let NewPassword::Text(password) = &password {
        let name = body.get("username").and_then(Json::as_str);
        check_password(node, password, name, Some(&user)).await?;
    }
    check_names(node, &body, Some(id)).await?;
    keep_own_access(caller, id, change);

    let mut transaction = Transaction::default();
    if let Some(linking) = &linking {
        auth_data::add_to_update(&linking.auth_data, &mut change.update)?;
        let unused = auth_data::guard(&auth_data::stored(&user), &linking.auth_data);
        fitting.guard = Filter::And(vec![fitting.guard, unused]);
    }
    if let Some(name) = body.get("username").and_then(Json::as_str) {
        transaction = transaction.event(announce::cat_updated(id, name, node.now())?);
    }
    let question = Question::of_update(caller, &body);
    // Who has linked a provider is known by it.
    let proof = match linking.as_ref().is_some_and(Linking::is_proof) {
        true => Proof::default(),
        false => ask_for_proof(node, id, &body, &question).await?,
    };
    transaction.writes.extend(proof.writes);
    let mut hidden = proof.ops;
    if body.contains_key("email") {
        hidden.extend(forgetting_reset_token());
    }
    let mut new_token = None;
    if let NewPassword::Text(password) = password {
        hidden.extend(password_ops(node, &password, Some(&user)).await?);
        new_token = replace_sessions(node, caller, id, &mut transaction).await?;
    }
    let hidden = hidden.into_iter();
    let hidden = hidden.map(|(field, op)| (FieldPath::internal(field), op));
    change.update.ops.extend(hidden);
    let mut updated =
        update_object::commit(node, caller, &ClassName::USER, id, &fitting, transaction).await?;
    updated
        .told
        .retain(|field, _| !field.starts_with('_') && !field.starts_with("authData"));
    if let Some(response) = linking.and_then(|linking| linking.response) {
        updated
            .told
            .insert("authDataResponse".to_owned(), response.into());
    }
    updated
        .told
        .extend(new_token.map(|token| ("sessionToken".to_owned(), token.into())));
    Ok(updated)
}

/// Providers that a user links, changes or unlinks.
struct Linking {
    auth_data: AuthData,
    /// `None`: nobody had to be asked.
    response: Option<Map<String, Json>>,
}

impl Linking {
    fn is_proof(&self) -> bool {
        self.auth_data
            .iter()
            .any(|(provider, data)| provider != ANONYMOUS && !data.is_null())
    }
}

async fn link(
    node: &Node,
    caller: &Caller,
    mut given: AuthData,
    user: &ParseObject,
) -> Result<Linking, Failure> {
    if !caller.is_unrestricted() && !caller.is_user(&user.id) {
        return Err(insufficient().into());
    }
    let stored = auth_data::stored(user);
    let holders = identify(node, caller, &mut given, Some(&stored)).await?;
    if let Some(other) = holders.iter().find(|holder| holder.id != user.id) {
        // Only who can prove it learns that it is taken.
        vouch(node, caller, &given, Some(other)).await?;
        return Err(already_linked().into());
    }
    let news = auth_data::news(&given, &stored);
    let asked = match (holders.is_empty(), news.is_empty()) {
        (true, _) => given,
        (false, false) => news,
        (false, true) => {
            given.retain(|_, data| data.is_null());
            return Ok(Linking {
                auth_data: given,
                response: None,
            });
        }
    };
    let vouched = vouch(node, caller, &asked, Some(user)).await?;
    match vouched.refusal {
        Some(refusal) => Err(refusal.into()),
        None => Ok(Linking {
            auth_data: vouched.auth_data,
            response: Some(vouched.response),
        }),
    }
}

/// The user as it is, when there is one that the caller may change.
async fn writable_user(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
) -> Result<ParseObject, Failure> {
    if !caller.is_unrestricted() && caller.session.is_none() {
        let text = format!("Cannot modify user {id}.");
        return Err(ParseError::denied(ErrorCode::SESSION_MISSING, text).into());
    }
    let user = node
        .storage
        .get(&ClassName::USER, id, &Access::Master)
        .await?;
    let may = |user: &ParseObject| caller.access().may_write(user.acl.as_ref());
    Ok(user.filter(may).ok_or_else(ParseError::object_not_found)?)
}

/// A user cannot lock itself out.
fn keep_own_access(caller: &Caller, id: &ObjectId, change: &mut Change) {
    if let AclChange::Set(acl) = &change.update.acl
        && !caller.is_unrestricted()
    {
        change.update.acl = AclChange::Set(acl.clone().with_user(id, Permission::READ_WRITE));
    }
}

/// A new password ends every session of the user, unless the settings keep them; the user that changed it goes on with
/// a new one.
async fn replace_sessions(
    node: &Node,
    caller: &Caller,
    id: &ObjectId,
    transaction: &mut Transaction,
) -> Result<Option<String>, Failure> {
    if node.settings.revoke_session_on_password_reset {
        end_sessions(node, id, sessions_of(id), transaction).await?;
    }
    if caller.is_unrestricted() || !caller.is_user(id) {
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
