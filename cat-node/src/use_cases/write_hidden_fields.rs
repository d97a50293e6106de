//! Hidden fields of a user (tokens, counts) change without changing `updatedAt`, and only if the user is still as it
//! was read: whoever loses reads again and decides again.

use super::Failure;
use crate::domain::acl::Access;
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::query::Filter;
use crate::domain::update::{FieldOp, Update};
use crate::domain::value::ParseValue;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// How often what loses against others is tried.
pub const MAX_ATTEMPTS: u32 = 16;

/// A field and what happens to it.
pub type HiddenOp = (&'static str, FieldOp);

/// Writes when `updatedAt` and the fields of the ops are as in `user`; `false` when they are not any more.
pub async fn write_hidden_fields(
    node: &Node,
    user: &ParseObject,
    ops: Vec<HiddenOp>,
    with: Vec<Write>,
) -> Result<bool, Failure> {
    let as_read = |field: &'static str| {
        let value = user.get(field).cloned().unwrap_or(ParseValue::Null);
        Filter::equal(FieldPath::internal(field), value)
    };
    let mut guard = vec![Filter::equal(
        FieldPath::internal("updatedAt"),
        user.updated_at,
    )];
    guard.extend(ops.iter().map(|(field, _)| as_read(field)));
    let mut update = Update::at(user.updated_at);
    for (field, op) in ops {
        update = update.op(FieldPath::internal(field), op);
    }
    let mut transaction = Transaction::default().write(Write::Update {
        class: ClassName::USER,
        id: user.id.clone(),
        access: Access::Master,
        guard: Filter::And(guard),
        update,
    });
    transaction.writes.extend(with);
    match node.commit(transaction).await {
        Ok(_) => Ok(true),
        Err(StorageError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What it is called when `MAX_ATTEMPTS` were not enough.
pub fn too_contended(attempted: &'static str) -> Failure {
    Failure::Outage {
        attempted,
        cause: "the user is changed by too many at once".into(),
    }
}
