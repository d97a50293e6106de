//! A session that is used goes on: its end moves once half of its length has passed since it last did.

use chrono::{DateTime, Utc};

use super::Failure;
use super::start_session::end_of_session;
use crate::domain::acl::Access;
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::query::Filter;
use crate::domain::update::Update;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// The new end, when it moved.
pub async fn extend(node: &Node, session: &ParseObject) -> Result<Option<DateTime<Utc>>, Failure> {
    let now = node.now();
    let Some(end) = end_of_session(node).filter(|_| node.settings.extend_session_on_use) else {
        return Ok(None);
    };
    if now - session.updated_at < (end - now) / 2 {
        return Ok(None);
    }
    let write = Write::Update {
        class: ClassName::SESSION,
        id: session.id.clone(),
        access: Access::Master,
        guard: Filter::everything(),
        update: Update::at(now).set(FieldPath::internal("expiresAt"), end),
    };
    match node.commit(Transaction::default().write(write)).await {
        Ok(_) => Ok(Some(end)),
        // It was ended meanwhile: this request was earlier.
        Err(StorageError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
