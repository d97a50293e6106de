//! A user leaves: its sessions end, and everyone is told to forget it.

use super::start_session::{end_sessions, sessions_of};
use super::{Failure, announce};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::node::Node;
use crate::storage::{Transaction, Write};

pub async fn delete_user(node: &Node, caller: &Caller, id: &ObjectId) -> Result<(), Failure> {
    if !caller.is_master() && !caller.is_user(id) {
        let text = if caller.session.is_some() {
            "Permission denied"
        } else {
            "Insufficient auth to delete user"
        };
        return Err(ParseError::new(ErrorCode::SESSION_MISSING, text).into());
    }
    let now = node.now();
    let delete = Write::Delete {
        class: ClassName::USER,
        id: id.clone(),
        access: caller.access(),
    };
    let mut transaction = Transaction::default().write(delete);
    end_sessions(node, id, sessions_of(id), &mut transaction).await?;
    transaction.events.push(announce::cat_erased(id, now)?);
    let result = node.commit(transaction).await;
    node.forget_sessions_of(id);
    result?;
    Ok(())
}
