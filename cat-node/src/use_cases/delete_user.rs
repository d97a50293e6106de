//! A user leaves: its sessions end, and everyone is told to forget it.

use super::start_session::sessions_of;
use super::{Failure, announce};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::query::Query;
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
    let mut transaction = Transaction::default()
        .write(Write::Delete {
            class: ClassName::USER,
            id: id.clone(),
            access: caller.access(),
        })
        .write(Write::DeleteWhere {
            class: ClassName::SESSION,
            filter: sessions_of(id),
        });
    let sessions = node
        .storage
        .find(&Query::all(ClassName::SESSION).filter(sessions_of(id)))
        .await?;
    for session in &sessions {
        transaction
            .events
            .push(announce::session_revoked(id, &session.id, now)?);
    }
    transaction.events.push(announce::cat_erased(id, now)?);
    let result = node.commit(transaction).await;
    node.forget_sessions_of(id);
    result?;
    Ok(())
}
