//! A cat signs up, with a name and a password or with what its providers say of it. Who is known to its providers
//! already is let in instead.

use serde_json::{Map, Value as Json};

use super::check_names::check_names;
use super::create_object::Created;
use super::decide::Question;
use super::log_in_with::log_in_with_providers;
use super::set_password::{check_password, password_ops};
use super::start_session::{self, Origin, gets_session, new_session};
use super::user_fields::{NewPassword, prepare_body, take_auth_data, take_password};
use super::verify_email::{Proof, ask_for_proof, needs_proof_first, not_verified};
use super::vouch::{Vouched, already_linked, identify, vouch};
use super::write_hidden_fields::HiddenOp;
use super::write_object::{self, FittingChange};
use super::{Failure, announce};
use crate::caller::Caller;
use crate::domain::acl::{Acl, PUBLIC, Permission};
use crate::domain::auth_data::{self, ANONYMOUS, AuthData, says_something};
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

/// How a sign-up ended.
#[derive(Debug)]
pub enum SignUp {
    New(Created),
    /// Its providers know the user: it is let in.
    Known {
        id: ObjectId,
        user: Map<String, Json>,
    },
}

impl SignUp {
    /// For callers that tell the two apart by what they get.
    pub fn into_created(self, node: &Node) -> Created {
        match self {
            Self::New(created) => created,
            Self::Known { id, user } => Created {
                id,
                created_at: node.now(),
                told: user,
            },
        }
    }
}

/// In access lists such an id would be taken for a role.
fn refuse_role_id(body: &Map<String, Json>) -> Result<(), ParseError> {
    match body.get("objectId").and_then(Json::as_str) {
        Some(id) if id.starts_with("role:") => Err(ParseError::denied(
            ErrorCode::OPERATION_FORBIDDEN,
            "Invalid object ID.",
        )),
        _ => Ok(()),
    }
}

pub async fn sign_up(
    node: &Node,
    caller: &Caller,
    mut body: Map<String, Json>,
) -> Result<SignUp, Failure> {
    refuse_role_id(&body)?;
    let id = write_object::custom_id(node, &mut body)?.unwrap_or_else(|| node.new_id());
    let brings_providers = body
        .get("authData")
        .and_then(Json::as_object)
        .is_some_and(says_something);
    if !brings_providers {
        credentials::check_present(&body)?;
    }
    let recognised = match take_auth_data(&mut body)? {
        Some(given) => recognise(node, caller, given).await?,
        None => Recognised::Nobody(None),
    };
    prepare_body(node, caller, &mut body)?;
    // Who may not create users does not learn which there are, nor comes in this way.
    let fitting =
        write_object::read_change(node, caller, &ClassName::USER, Operation::Create, &body).await?;
    match recognised {
        Recognised::Somebody { given, user } => {
            check_names(node, &body, Some(&user.id)).await?;
            let id = user.id.clone();
            let user = log_in_with_providers(node, caller, &given, &user).await?;
            Ok(SignUp::Known { id, user })
        }
        Recognised::Nobody(vouched) => {
            let newcomer = Newcomer { id, body, vouched };
            Ok(SignUp::New(create(node, caller, newcomer, fitting).await?))
        }
    }
}

/// Whom the providers know.
enum Recognised {
    Somebody { given: AuthData, user: ParseObject },
    Nobody(Option<Vouched>),
}

async fn recognise(
    node: &Node,
    caller: &Caller,
    mut given: AuthData,
) -> Result<Recognised, Failure> {
    let mut holders = identify(node, caller, &mut given, None).await?;
    let is_anothers = |holder: &ParseObject| caller.user().is_some_and(|own| own.id != holder.id);
    if holders.len() > 1 || holders.first().is_some_and(is_anothers) {
        // Only who can prove it learns that it is taken.
        vouch(node, caller, &given, holders.first()).await?;
        return Err(already_linked().into());
    }
    Ok(match holders.pop() {
        Some(user) => Recognised::Somebody { given, user },
        None => Recognised::Nobody(Some(vouch(node, caller, &given, None).await?)),
    })
}

/// A user to be, as far as its body goes.
struct Newcomer {
    id: ObjectId,
    body: Map<String, Json>,
    vouched: Option<Vouched>,
}

/// Creates the user, and a session of it unless the master key signs it up.
async fn create(
    node: &Node,
    caller: &Caller,
    newcomer: Newcomer,
    mut fitting: FittingChange,
) -> Result<Created, Failure> {
    let Newcomer { id, body, vouched } = newcomer;
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
            told.insert("username".to_owned(), name.as_str().into());
            name.as_str().to_owned()
        }
    };
    fields.insert("username".to_owned(), name.as_str().into());
    if let NewPassword::Text(password) = password {
        let hidden = password_ops(node, &password, None).await?;
        fields.extend(values(hidden));
    }
    let mut question = Question::of_sign_up(caller, &body);
    let mut origin = None;
    if let Some(vouched) = vouched {
        origin = providers_of(&vouched);
        question.provider.clone_from(&origin);
        auth_data::add_to_fields(&vouched.auth_data, &mut fields)?;
        told.insert("authDataResponse".to_owned(), vouched.response.into());
    }
    // Who comes with a provider is known by it; an anonymous cat is not.
    let proof = match origin.as_deref() {
        None | Some(ANONYMOUS) => ask_for_proof(node, &id, &body, &question).await?,
        Some(_) => Proof::default(),
    };
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
    let is_linked_to_itself = origin.is_some() && caller.user().is_some();
    if gets_session(caller) && !needs_proof_first && !is_linked_to_itself {
        let origin = origin.as_deref().map_or(Origin::SignUp, Origin::Providers);
        let session = new_session(node, &id, origin, caller.installation_id.as_deref());
        let token = session.text(SESSION_TOKEN_FIELD).into();
        told.insert("sessionToken".to_owned(), token);
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

/// The names of those that vouched, with commas.
fn providers_of(vouched: &Vouched) -> Option<String> {
    let linked = vouched.auth_data.iter().filter(|(_, data)| !data.is_null());
    let names: Vec<&str> = linked.map(|(provider, _)| provider.as_str()).collect();
    (!names.is_empty()).then(|| names.join(","))
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
