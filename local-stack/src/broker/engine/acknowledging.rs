//! Acknowledgements and lease extensions.

use super::{Engine, Refusal, now};
use crate::broker::domain::change::Change;
use crate::broker::domain::ids::{AckId, SubscriptionId};
use crate::broker::domain::limits::MAX_ACK_IDS_PER_REQUEST;
use crate::broker::log::Entry;
use std::time::Duration;

/// The longest extension of a lease.
const MAX_EXTENSION_SECONDS: i32 = 600;

impl Engine {
    /// Acknowledges messages; answered when that is on disk.
    pub(crate) async fn acknowledge(
        &self,
        subscription: &str,
        ack_ids: &[String],
    ) -> Result<(), Refusal> {
        let (id, exactly_once) = self.for_ack_ids(subscription, ack_ids)?;
        let (ids, mut invalid) = parse(id, ack_ids);
        let (messages, stale) = self.state.lock().acknowledge(id, &ids, now());
        self.wakers.wake([&id]);
        if !messages.is_empty() {
            let change = Change::Acknowledged {
                subscription: id,
                messages,
            };
            self.append(vec![Entry::Change(change)]).await?;
        }
        if exactly_once {
            invalid.extend(stale.iter().map(AckId::to_string));
        }
        refuse_invalid(exactly_once, invalid)
    }

    /// Extends leases; zero seconds give the messages back.
    pub(crate) fn modify_ack_deadline(
        &self,
        subscription: &str,
        ack_ids: &[String],
        seconds: i32,
    ) -> Result<(), Refusal> {
        if !(0..=MAX_EXTENSION_SECONDS).contains(&seconds) {
            return Err(Refusal::invalid(format!(
                "Invalid ack deadline given: (deadline={seconds}), must be between 0s and 600s."
            )));
        }
        let (id, exactly_once) = self.for_ack_ids(subscription, ack_ids)?;
        let (ids, mut invalid) = parse(id, ack_ids);
        let lease_for = Duration::from_secs(u64::from(seconds.unsigned_abs()));
        let stale = self
            .state
            .lock()
            .modify_deadlines(id, &ids, lease_for, now());
        if seconds == 0 {
            self.wakers.wake([&id]);
        }
        if exactly_once {
            invalid.extend(stale.iter().map(AckId::to_string));
        }
        refuse_invalid(exactly_once, invalid)
    }

    fn for_ack_ids(
        &self,
        subscription: &str,
        ack_ids: &[String],
    ) -> Result<(SubscriptionId, bool), Refusal> {
        if ack_ids.is_empty() {
            return Err(Refusal::invalid("No ack ids were specified."));
        }
        if ack_ids.len() > MAX_ACK_IDS_PER_REQUEST {
            return Err(Refusal::invalid(format!(
                "Too many ack ids: {}; a request has at most {MAX_ACK_IDS_PER_REQUEST}.",
                ack_ids.len()
            )));
        }
        let state = self.state.lock();
        let (id, subscription) = state.attached_subscription(subscription)?;
        Ok((id, subscription.settings.policy.exactly_once))
    }
}

/// The ids that are of this subscription, and the texts that are no such ids.
fn parse(subscription: SubscriptionId, texts: &[String]) -> (Vec<AckId>, Vec<String>) {
    let (mut ids, mut invalid) = (Vec::with_capacity(texts.len()), Vec::new());
    for text in texts {
        match AckId::parse(text).filter(|id| id.subscription == subscription) {
            Some(id) => ids.push(id),
            None => invalid.push(text.clone()),
        }
    }
    (ids, invalid)
}

fn refuse_invalid(exactly_once: bool, invalid: Vec<String>) -> Result<(), Refusal> {
    match invalid.first() {
        None => Ok(()),
        Some(_) if exactly_once => Err(Refusal::InvalidAckIds(invalid)),
        Some(first) => Err(Refusal::invalid(format!(
            "You have passed an invalid ack ID to the service (ack_id={first})."
        ))),
    }
}
