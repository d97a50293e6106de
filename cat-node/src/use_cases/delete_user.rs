//! A user leaves: its sessions end, its roles lose it, what was projected of it names it no more, and everyone is told to
//! forget it. All of it is one write.

use super::delete_object::guarded_delete;
use super::find_objects::gate;
use super::start_session::{end_sessions, sessions_of};
use super::update_user::as_insufficient;
use super::{Failure, announce};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::permissions::Operation;
use crate::node::Node;
use crate::projections::forget::forget_cat;
use crate::storage::{Transaction, Write};

pub async fn delete_user(node: &Node, caller: &Caller, id: &ObjectId) -> Result<(), Failure> {
    if !caller.is_unrestricted() && caller.session.is_none() {
        let text = "Insufficient auth to delete user";
        return Err(ParseError::new(ErrorCode::SESSION_MISSING, text).into());
    }
    let schema = node.schema_or_empty(&ClassName::USER).await?;
    let guard = gate(caller, &schema, Operation::Delete)?;
    let now = node.now();
    let mut transaction = Transaction {
        writes: guarded_delete(node, caller, &ClassName::USER, id, guard),
        events: Vec::new(),
    };
    end_sessions(node, id, sessions_of(id), &mut transaction).await?;
    leave_roles(node, id, &mut transaction).await?;
    transaction.writes.extend(forget_cat(id, now));
    transaction.events.push(announce::cat_erased(id, now)?);
    let result = node.commit(transaction).await.map_err(Failure::from);
    node.forget_sessions_of(id);
    match result {
        Err(Failure::Refused(error)) if !caller.is_unrestricted() => {
            Err(as_insufficient(error).into())
        }
        result => result.map(drop),
    }
}

async fn leave_roles(
    node: &Node,
    id: &ObjectId,
    transaction: &mut Transaction,
) -> Result<(), Failure> {
    let roles = node
        .storage
        .owners(&ClassName::ROLE, "users", std::slice::from_ref(id))
        .await?;
    for role in roles {
        transaction.writes.push(Write::Relate {
            class: ClassName::ROLE,
            field: "users".to_owned(),
            owner: role,
            add: Vec::new(),
            remove: vec![id.clone()],
        });
    }
    Ok(())
}
