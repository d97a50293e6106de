//! A cat signs up.

use serde_json::{Map, Value as Json};

use super::check_names::check_names;
use super::create_object::Created;
use super::decide::Question;
use super::set_password::{check_password, password_ops};
use super::start_session::{self, Origin, gets_session, new_session};
use super::user_fields::{NewPassword, prepare_body, take_password};
use super::verify_email::{ask_for_proof, needs_proof_first, not_verified};
use super::write_hidden_fields::HiddenOp;
use super::{Failure, announce, write_object};
use crate::caller::Caller;
use crate::domain::acl::{Acl, PUBLIC, Permission};
use crate::domain::credentials;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::object_id::new_object_id;
use crate::domain::permissions::Operation;
use crate::domain::update::parse::computed_fields;
use crate::domain::update::{AclChange, FieldOp};
use crate::domain::value::ParseValue;
use crate::domain::value::json::fields_to_json;
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// The hidden field of a `_User` that keeps its password's hash.
pub const PASSWORD_FIELD: &str = "_hashed_password";
/// A user that did not name itself gets a name of so many letters and digits.
const GIVEN_NAME_CHARS: usize = 25;

/// Creates the user, and a session of it unless the master key signs it up.
pub async fn sign_up(
    node: &Node,
    caller: &Caller,
    mut body: Map<String, Json>,
) -> Result<Created, Failure> {
    let id = write_object::custom_id(node, &mut body)?.unwrap_or_else(|| node.new_id());
    credentials::check_present(&body)?;
    prepare_body(caller, &mut body)?;
    let mut fitting =
        write_object::read_change(node, caller, &ClassName::USER, Operation::Create, &body).await?;
    let update = &mut fitting.change.update;
    write_object::drop_relation_values(update);
    let password = take_password(update)?;
    if let NewPassword::Text(password) = &password {
        let name = body.get("username").and_then(Json::as_str);
        check_password(node, password, name, None).await?;
    }
    check_names(node, &body, None).await?;

    let mut fields = update.initial_fields()?;
    let mut told = fields_to_json(&computed_fields(update, &fields));
    let name = match body.get("username").and_then(Json::as_str) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => {
            let name = new_object_id(&mut rand::rng(), GIVEN_NAME_CHARS);
            fields.insert("username".to_owned(), name.as_str().into());
            told.insert("username".to_owned(), name.as_str().into());
            name.as_str().to_owned()
        }
    };
    if let NewPassword::Text(password) = password {
        let hidden = password_ops(node, &password, None).await?;
        fields.extend(values(hidden));
    }
    let question = Question::of_sign_up(caller, &body);
    let proof = ask_for_proof(node, &id, &body, &question).await?;
    fields.extend(values(proof.ops));
    let needs_proof_first = needs_proof_first(node, &question).await?;

    let now = node.now();
    let acl = user_acl(node, &id, &update.acl);
    let user = ParseObject::new(id.clone(), now, Some(acl), fields);
    let mut transaction = Transaction::default()
        .write(Write::Insert {
            class: ClassName::USER,
            object: user,
        })
        .event(announce::cat_registered(&id, &name, now)?);
    transaction.writes.extend(proof.writes);
    if gets_session(caller) && !needs_proof_first {
        let session = new_session(node, &id, Origin::SignUp, caller.installation_id.as_deref());
        told.insert(
            "sessionToken".to_owned(),
            session.text(SESSION_TOKEN_FIELD).into(),
        );
        transaction = start_session::start(node, &session, &id, transaction).await?;
    }
    node.commit(transaction).await?;
    if needs_proof_first && node.settings.prevent_signup_with_unverified_email {
        return Err(not_verified());
    }
    Ok(Created {
        id,
        created_at: now,
        told,
    })
}

fn values(ops: Vec<HiddenOp>) -> impl Iterator<Item = (String, ParseValue)> {
    ops.into_iter().filter_map(|(field, op)| match op {
        FieldOp::Set(value) => Some((field.to_owned(), value)),
        _ => None,
    })
}

pub(super) fn unsupported_auth_data() -> ParseError {
    ParseError::new(
        ErrorCode::UNSUPPORTED_SERVICE,
        "This authentication method is unsupported.",
    )
}

/// Users are private to themselves unless they say otherwise, and always their own masters.
fn user_acl(node: &Node, id: &ObjectId, change: &AclChange) -> Acl {
    let acl = match change {
        AclChange::Set(acl) => acl.clone(),
        AclChange::Keep | AclChange::Clear if node.settings.enforce_private_users => Acl::closed(),
        AclChange::Keep | AclChange::Clear => Acl::closed().with(PUBLIC, Permission::READ),
    };
    acl.with_user(id, Permission::READ_WRITE)
}
