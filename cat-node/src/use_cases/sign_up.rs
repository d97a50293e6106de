//! A cat signs up.

use serde_json::{Map, Value as Json};

use super::check_credentials::check_unused;
use super::create_object::Created;
use super::start_session::{self, Origin, new_session};
use super::{Failure, announce, write_object};
use crate::caller::Caller;
use crate::domain::acl::{Acl, PUBLIC, Permission};
use crate::domain::credentials::{NewCredentials, check_email};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::permissions::Operation;
use crate::domain::update::AclChange;
use crate::domain::update::parse::computed_fields;
use crate::domain::value::json::fields_to_json;
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// The hidden field of a `_User` that keeps its password's hash.
pub const PASSWORD_FIELD: &str = "_hashed_password";

/// Creates the user, and a session of it unless the master key signs it up.
pub async fn sign_up(
    node: &Node,
    caller: &Caller,
    mut body: Map<String, Json>,
) -> Result<Created, Failure> {
    check_reserved(&body, caller)?;
    let id = write_object::custom_id(node, &mut body)?.unwrap_or_else(|| node.new_id());
    let credentials = NewCredentials::from_json(&body)?;
    let (username, password) = (
        credentials.username.to_owned(),
        credentials.password.to_owned(),
    );
    if let Some(email) = body.get("email").and_then(Json::as_str) {
        check_email(email)?;
    }
    check_unused(node, &body, None).await?;
    body.remove("password");
    body.remove("authData");
    let mut fitting =
        write_object::read_change(node, caller, &ClassName::USER, Operation::Create, &body).await?;
    write_object::drop_relation_values(&mut fitting.change.update);
    let mut fields = fitting.change.update.initial_fields()?;
    let mut told = fields_to_json(&computed_fields(&fitting.change.update, &fields));
    fields.insert(
        PASSWORD_FIELD.to_owned(),
        node.passwords.hash(&password).await?.into(),
    );

    let now = node.now();
    let acl = user_acl(node, &id, fitting.change.update.acl);
    let user = ParseObject::new(id.clone(), now, Some(acl), fields);
    let mut transaction = Transaction::default()
        .write(Write::Insert {
            class: ClassName::USER,
            object: user,
        })
        .event(announce::cat_registered(&id, &username, now)?);
    if !caller.is_master() {
        let session = new_session(node, &id, Origin::SignUp, caller.installation_id.as_deref());
        told.insert(
            "sessionToken".to_owned(),
            session.text(SESSION_TOKEN_FIELD).into(),
        );
        transaction = start_session::start(node, &session, &id, transaction).await?;
    }
    node.commit(transaction).await?;
    Ok(Created {
        id,
        created_at: now,
        told,
    })
}

/// What only the service or the master key may set.
fn check_reserved(body: &Map<String, Json>, caller: &Caller) -> Result<(), ParseError> {
    if body.contains_key("emailVerified") && !caller.is_master() {
        return Err(ParseError::permission_denied());
    }
    if body.get("authData").is_some_and(|data| !data.is_null()) {
        return Err(unsupported_auth_data());
    }
    Ok(())
}

pub(super) fn unsupported_auth_data() -> ParseError {
    ParseError::new(
        ErrorCode::UNSUPPORTED_SERVICE,
        "This authentication method is unsupported.",
    )
}

/// Users are private to themselves unless they say otherwise, and always their own masters.
fn user_acl(node: &Node, id: &ObjectId, change: AclChange) -> Acl {
    let acl = match change {
        AclChange::Set(acl) => acl,
        AclChange::Keep | AclChange::Clear if node.settings.enforce_private_users => Acl::closed(),
        AclChange::Keep | AclChange::Clear => Acl::closed().with(PUBLIC, Permission::READ),
    };
    acl.with_user(id, Permission::READ_WRITE)
}
