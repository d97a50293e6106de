//! Counts wrong passwords, and locks an account that gets too many.

use super::Failure;
use super::write_hidden_fields::{MAX_ATTEMPTS, too_contended, write_hidden_fields};
use crate::domain::account_lockout::{
    Attempted, FAILED_COUNT_FIELD, FailedLogIns, LOCKED_UNTIL_FIELD,
};
use crate::domain::acl::Access;
use crate::domain::credentials::wrong_credentials;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::update::FieldOp;
use crate::domain::value::ParseValue;
use crate::node::Node;

/// Records an attempt whose password is known to be right or wrong, and refuses when the account is locked: then
/// nothing may be told of the password. Attempts made at once are counted one by one, each against what the one
/// before it left.
pub async fn count_attempt(node: &Node, user: &ObjectId, is_right: bool) -> Result<(), Failure> {
    let Some(lockout) = &node.rules.lockout else {
        return Ok(());
    };
    // Every round that is lost is one that another attempt won, and they end at the threshold.
    for _ in 0..MAX_ATTEMPTS + lockout.threshold {
        let user = node
            .storage
            .get(&ClassName::USER, user, &Access::Master)
            .await?;
        let user = user.ok_or_else(wrong_credentials)?;
        let Attempted { record, refusal } =
            lockout.attempt(FailedLogIns::of(&user), is_right, node.now());
        let is_recorded = match record {
            None => true,
            Some(record) => write_hidden_fields(node, &user, ops(record), Vec::new()).await?,
        };
        if is_recorded {
            return refusal.map_or(Ok(()), |refusal| Err(refusal.into()));
        }
    }
    Err(too_contended("counting a log-in attempt"))
}

fn ops(record: FailedLogIns) -> Vec<(&'static str, FieldOp)> {
    let count = ParseValue::Number(f64::from(record.count));
    let until = match record.locked_until {
        Some(until) => FieldOp::Set(until.into()),
        None => FieldOp::Unset,
    };
    vec![
        (FAILED_COUNT_FIELD, FieldOp::Set(count)),
        (LOCKED_UNTIL_FIELD, until),
    ]
}

/// What takes a lock off.
pub fn unlocking() -> Vec<(&'static str, FieldOp)> {
    vec![
        (FAILED_COUNT_FIELD, FieldOp::Unset),
        (LOCKED_UNTIL_FIELD, FieldOp::Unset),
    ]
}
