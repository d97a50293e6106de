//! One subscription's queue: what is ready, what is leased to whom, what waits for its retry.
//!
//! Each unacknowledged message is in exactly one place: `ready`, `leases`, `waiting`, `buried`, or
//! held back in its key's line.

mod consumers;
mod leasing;
mod policy;
mod removal;
#[cfg(test)]
mod tests;

pub(crate) use consumers::{FlowControl, Outstanding};
pub(crate) use leasing::Want;
pub(crate) use policy::QueuePolicy;
pub(crate) use removal::Acknowledgement;

use super::ids::{ConsumerId, LeaseNumber, MessageId, Millis};
use super::ordering::KeyLines;
use std::collections::{BTreeSet, HashMap};

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Queue {
    policy: QueuePolicy,
    ready: BTreeSet<MessageId>,
    leases: HashMap<MessageId, Lease>,
    deadlines: BTreeSet<(Millis, MessageId)>,
    waiting: BTreeSet<(Millis, MessageId)>,
    /// What happened to messages that were out and are not acknowledged.
    tried: HashMap<MessageId, Tried>,
    /// Messages on their way to the dead-letter topic.
    buried: BTreeSet<MessageId>,
    lines: Option<KeyLines>,
    consumers: HashMap<ConsumerId, Outstanding>,
}

#[derive(Debug)]
struct Lease {
    number: LeaseNumber,
    consumer: ConsumerId,
    deadline: Millis,
    failures: u32,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Tried {
    failures: u32,
    /// The last lease, while an acknowledgement of it still counts.
    lease: Option<LeaseNumber>,
    retry_at: Option<Millis>,
}

impl Queue {
    pub(crate) fn new(policy: QueuePolicy) -> Self {
        Self {
            lines: policy.ordered_window.map(KeyLines::with_window),
            policy,
            ready: BTreeSet::new(),
            leases: HashMap::new(),
            deadlines: BTreeSet::new(),
            waiting: BTreeSet::new(),
            tried: HashMap::new(),
            buried: BTreeSet::new(),
            consumers: HashMap::new(),
        }
    }

    pub(crate) fn set_policy(&mut self, policy: QueuePolicy) {
        if let (Some(lines), Some(window)) = (&mut self.lines, policy.ordered_window) {
            lines.set_window(window);
        }
        self.policy = policy;
    }

    /// A new message arrives.
    pub(crate) fn push(&mut self, id: MessageId) {
        self.ready.insert(id);
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// All messages that are not acknowledged.
    pub(crate) fn unacknowledged(&self) -> BTreeSet<MessageId> {
        let mut all = self.ready.clone();
        all.extend(self.leases.keys());
        all.extend(self.waiting.iter().map(|(_, id)| *id));
        all.extend(&self.buried);
        all.extend(self.lines.iter().flat_map(KeyLines::held));
        all
    }

    /// How often the deliveries of each message failed, for those that failed.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (MessageId, u32)> {
        let leased = self.leases.iter().map(|(id, lease)| (*id, lease.failures));
        let tried = self.tried.iter().map(|(id, tried)| (*id, tried.failures));
        leased.chain(tried).filter(|(_, failures)| *failures > 0)
    }

    pub(crate) fn restore_failures(&mut self, id: MessageId, failures: u32) {
        self.tried.insert(
            id,
            Tried {
                failures,
                ..Tried::default()
            },
        );
    }

    /// When something happens by itself: a lease ends or a retry is due.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        let lease = self.deadlines.first().map(|(due, _)| *due);
        let retry = self.waiting.first().map(|(due, _)| *due);
        lease.into_iter().chain(retry).min()
    }
}
