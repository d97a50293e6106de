//! Changes an object of any class; users and sessions have their own ways.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::write_object::FittingChange;
use super::{Failure, manage_session, update_user, write_object};
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::permissions::Operation;
use crate::domain::update::parse::computed_fields;
use crate::domain::value::json::fields_to_json;
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// What the client is told of a changed object.
#[derive(Debug, Clone, PartialEq)]
pub struct Updated {
    pub updated_at: DateTime<Utc>,
    /// Fields that the client cannot know: results of ops, a session token.
    pub told: Map<String, Json>,
}

pub async fn update_object(
    node: &Node,
    caller: &Caller,
    class: &str,
    id: &ObjectId,
    body: Map<String, Json>,
) -> Result<Updated, Failure> {
    class_rules::check(class, Deed::Update, caller.is_unrestricted())?;
    caller.check_may("perform the update operation")?;
    let class = class_rules::writable_class(class)?;
    match class.as_str() {
        "_User" => return update_user::update_user(node, caller, id, body).await,
        "_Session" => manage_session::check_update(node, caller, id, &body).await?,
        _ => {}
    }
    class_rules::check_kept(&class, &body)?;
    let mut fitting =
        write_object::read_change(node, caller, &class, Operation::Update, &body).await?;
    write_object::drop_relation_values(&mut fitting.change.update);
    commit(node, caller, &class, id, &fitting, Transaction::default()).await
}

/// Commits the change together with what the transaction already holds.
pub(super) async fn commit(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    id: &ObjectId,
    fitting: &FittingChange,
    mut transaction: Transaction,
) -> Result<Updated, Failure> {
    let change = &fitting.change;
    transaction.writes.insert(
        0,
        Write::Update {
            class: class.clone(),
            id: id.clone(),
            access: caller.access(),
            guard: fitting.guard.clone(),
            update: change.update.clone(),
        },
    );
    transaction
        .writes
        .extend(write_object::relation_writes(class, id, change));
    let mut results = node.commit(transaction).await?;
    let object = results.swap_remove(0);
    let told = object.as_ref().map(|object| {
        let mut told = fields_to_json(&computed_fields(&change.update, &object.fields));
        fitting.conceal(&mut told);
        told
    });
    let updated_at = object.map_or(change.update.updated_at, |object| object.updated_at);
    Ok(Updated {
        updated_at,
        told: told.unwrap_or_default(),
    })
}
