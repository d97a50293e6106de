//! Deletes an object of any class.

use super::{Failure, delete_user, manage_session};
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::error::ParseError;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::permissions::{self, Operation};
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
    if !caller.is_unrestricted() {
        permissions::check(&schema, Operation::Delete, &caller.grants())?;
    }
    let write = Write::Delete {
        class,
        id: id.clone(),
        access: caller.access(),
    };
    node.commit(Transaction::default().write(write)).await?;
    Ok(())
}
