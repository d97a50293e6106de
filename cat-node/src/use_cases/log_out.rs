//! A cat logs out: the session ends, and the access tokens that it gave are named as revoked.

use super::authenticate::find_session;
use super::{Failure, announce};
use crate::domain::acl::Access;
use crate::domain::names::ClassName;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// Ends the session with this token, if there is one.
pub async fn log_out(node: &Node, token: &str) -> Result<(), Failure> {
    node.sessions.forget(token);
    let Some(session) = find_session(node, token).await? else {
        return Ok(());
    };
    let mut transaction = Transaction::default().write(Write::Delete {
        class: ClassName::SESSION,
        id: session.id.clone(),
        access: Access::Master,
    });
    if let Some(user) = session.get("user").and_then(|user| user.as_pointer()) {
        transaction = transaction.event(announce::session_revoked(
            &user.id,
            &session.id,
            node.now(),
        )?);
    }
    match node.commit(transaction).await {
        // Two log-outs at once: the other one ended it.
        Err(StorageError::NotFound { .. }) => Ok(()),
        result => Ok(result.map(drop)?),
    }
}
