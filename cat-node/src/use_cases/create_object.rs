//! Creates an object of any class; users and sessions have their own ways.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::chosen_id::chosen_id;
use super::{Failure, manage_session, sign_up, write_object};
use crate::caller::Caller;
use crate::domain::acl::Acl;
use crate::domain::class_rules::{self, Deed};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::permissions::Operation;
use crate::domain::schema::ClassSchema;
use crate::domain::update::AclChange;
use crate::domain::update::parse::computed_fields;
use crate::domain::value::json::fields_to_json;
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// What the client is told of a new object.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    pub id: ObjectId,
    pub created_at: DateTime<Utc>,
    /// Fields that the client cannot know: results of ops, a session token.
    pub told: Map<String, Json>,
}

pub async fn create_object(
    node: &Node,
    caller: &Caller,
    class: &str,
    body: Map<String, Json>,
) -> Result<Created, Failure> {
    class_rules::check(class, Deed::Create, caller.is_unrestricted())?;
    caller.check_may("perform the create operation")?;
    let class = class_rules::writable_class(class)?;
    match class.as_str() {
        "_User" => Ok(sign_up::sign_up(node, caller, body)
            .await?
            .into_created(node)),
        "_Session" => manage_session::create_session(node, caller, body).await,
        _ => create_plain(node, caller, class, body, Transaction::default()).await,
    }
}

/// Creates the object together with what the transaction already holds.
pub(super) async fn create_plain(
    node: &Node,
    caller: &Caller,
    class: ClassName,
    mut body: Map<String, Json>,
    mut transaction: Transaction,
) -> Result<Created, Failure> {
    let id = chosen_id(node, &class, &mut body)?.unwrap_or_else(|| node.new_id());
    class_rules::check_required(&class, &body)?;
    let mut fitting =
        write_object::read_change(node, caller, &class, Operation::Create, &body).await?;
    write_object::drop_relation_values(&mut fitting.change.update);
    let fields = fitting.change.update.initial_fields()?;
    let mut told = fields_to_json(&computed_fields(&fitting.change.update, &fields));
    let given = acl_of(&fitting.change.update.acl);
    let default = given
        .is_none()
        .then(|| default_acl(caller, &fitting.schema));
    if let Some(json) = default.flatten() {
        fitting.change.update.acl = AclChange::Set(Acl::from_json(&json));
        told.insert("ACL".to_owned(), json);
    }
    fitting.conceal(&mut told);
    let object = ParseObject::new(
        id.clone(),
        node.now(),
        acl_of(&fitting.change.update.acl),
        fields,
    );
    let created_at = object.created_at;
    transaction.writes.push(Write::Insert {
        class: class.clone(),
        object,
    });
    transaction
        .writes
        .extend(write_object::relation_writes(&class, &id, &fitting.change));
    node.commit(transaction).await?;
    Ok(Created {
        id,
        created_at,
        told,
    })
}

/// The access list that the class gives to objects without one; `currentUser` in it is the one who creates.
fn default_acl(caller: &Caller, schema: &ClassSchema) -> Option<Json> {
    let default = schema.permissions.as_ref()?.get("ACL")?;
    if *default == json!({"*": {"read": true, "write": true}}) {
        return None;
    }
    let mut acl = default.as_object()?.clone();
    if let Some(permission) = acl.shift_remove("currentUser")
        && let Some(user) = caller.user()
    {
        acl.insert(user.id.as_str().to_owned(), permission);
    }
    Some(Json::Object(acl))
}

fn acl_of(change: &AclChange) -> Option<Acl> {
    match change {
        AclChange::Set(acl) => Some(acl.clone()),
        AclChange::Keep | AclChange::Clear => None,
    }
}
