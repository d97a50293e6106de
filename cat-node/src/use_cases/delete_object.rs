//! Deletes an object of any class.

use super::find_objects::gate;
use super::{Failure, delete_user, manage_session};
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::error::ParseError;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::permissions::Operation;
use crate::domain::query::Filter;
use crate::domain::update::Update;
use crate::node::Node;
use crate::storage::{Transaction, Write};

pub async fn delete_object(
    node: &Node,
    caller: &Caller,
    class: &str,
    id: &ObjectId,
) -> Result<(), Failure> {
    class_rules::check(class, Deed::Delete, caller.is_unrestricted())?;
    caller.check_may("perform the delete operation")?;
    let Ok(class) = ClassName::parse(class) else {
        return Err(ParseError::object_not_found().into());
    };
    match class.as_str() {
        "_User" => return delete_user::delete_user(node, caller, id).await,
        "_Session" => return manage_session::delete_session(node, caller, id).await,
        _ => {}
    }
    let schema = node.schema_or_empty(&class).await?;
    let guard = gate(caller, &schema, Operation::Delete)?;
    let transaction = Transaction {
        writes: guarded_delete(node, caller, &class, id, guard),
        events: Vec::new(),
    };
    node.commit(transaction).await?;
    Ok(())
}

/// A deletion that happens only when the object passes the guard: the transaction touches it first.
pub(super) fn guarded_delete(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    id: &ObjectId,
    guard: Option<Filter>,
) -> Vec<Write> {
    let touch = guard.map(|guard| Write::Update {
        class: class.clone(),
        id: id.clone(),
        access: caller.access(),
        guard,
        update: Update::at(node.now()),
    });
    let delete = Write::Delete {
        class: class.clone(),
        id: id.clone(),
        access: caller.access(),
    };
    touch.into_iter().chain([delete]).collect()
}
