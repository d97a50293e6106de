//! A user leaves: its sessions end, and everyone is told to forget it.

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
use crate::storage::Transaction;

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
