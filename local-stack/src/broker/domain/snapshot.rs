//! A snapshot: what a subscription had not acknowledged, and all that was published since.

use super::ids::{MessageId, Millis, TopicId};
use super::limits::{MIN_SNAPSHOT_LIFETIME, SNAPSHOT_LIFETIME};
use super::refusal::Refusal;
use crate::broker::proto;
use std::collections::BTreeSet;

/// See the module's text. It holds each of its messages.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) proto: proto::Snapshot,
    pub(crate) topic: TopicId,
    pub(crate) expires_at: Millis,
    pub(crate) messages: BTreeSet<MessageId>,
}

/// When a new snapshot expires: seven days after the publishing of its oldest message.
///
/// # Errors
/// It would expire within the hour, as Google refuses it.
pub(crate) fn expiry(oldest: Option<Millis>, now: Millis) -> Result<Millis, Refusal> {
    let expires_at = oldest.unwrap_or(now).plus(SNAPSHOT_LIFETIME);
    if expires_at < now.plus(MIN_SNAPSHOT_LIFETIME) {
        return Err(Refusal::FailedPrecondition(
            "The oldest unacknowledged message is so old that the snapshot would expire within the hour.".to_owned(),
        ));
    }
    Ok(expires_at)
}
