//! Handing messages out, and what happens when they come back.

use super::{Lease, Queue, Tried};
use crate::broker::domain::ids::{AckId, ConsumerId, LeaseNumber, MessageId, Millis, OrderingKey};
use crate::broker::domain::message_index::MessageIndex;
use std::time::Duration;

/// What a pull asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    pub(crate) consumer: ConsumerId,
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
    pub(crate) lease_for: Duration,
}

/// A message that was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) message: MessageId,
    pub(crate) lease: LeaseNumber,
    /// 1 for the first delivery.
    pub(crate) attempt: u32,
}

/// How long a message of a consumer that went away waits for a last acknowledgement: the official clients
/// close their stream first and send what they have just acknowledged then.
pub(crate) const ABANDONED_GRACE: Duration = Duration::from_millis(100);

/// Why a message comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Return {
    Refused,
    Expired,
    /// Its consumer went away. This is no failed delivery: the message is not to blame.
    Abandoned,
}

impl Queue {
    /// Leases ready messages to a consumer, the oldest first.
    pub(crate) fn take(
        &mut self,
        want: Want,
        index: &MessageIndex,
        next_lease: &mut u64,
        now: Millis,
    ) -> Vec<Taken> {
        self.advance(index, now);
        let mut taken = Vec::new();
        let mut bytes = 0;
        while taken.len() < want.messages && self.has_room(want.consumer) {
            let Some(id) = self.ready.pop_first() else {
                break;
            };
            let Some(message) = index.get(id) else {
                continue;
            };
            let size = message.position.length as usize;
            if !taken.is_empty() && bytes + size > want.bytes {
                self.ready.insert(id);
                break;
            }
            if let Some(lines) = &mut self.lines
                && !lines.admit(message.key, id, want.consumer)
            {
                continue;
            }
            bytes += size;
            *next_lease += 1;
            taken.push(self.lease(id, size, LeaseNumber(*next_lease), want, now));
        }
        taken
    }

    fn lease(
        &mut self,
        message: MessageId,
        bytes: usize,
        lease: LeaseNumber,
        want: Want,
        now: Millis,
    ) -> Taken {
        let failures = self
            .tried
            .remove(&message)
            .map_or(0, |tried| tried.failures);
        let deadline = now.plus(want.lease_for);
        self.deadlines.insert((deadline, message));
        if let Some(outstanding) = self.consumers.get_mut(&want.consumer) {
            outstanding.add(bytes);
        }
        self.leases.insert(
            message,
            Lease {
                number: lease,
                consumer: want.consumer,
                deadline,
                failures,
                bytes,
            },
        );
        Taken {
            message,
            lease,
            attempt: failures + 1,
        }
    }

    /// Lets time pass: ends leases and makes due retries ready.
    pub(crate) fn advance(&mut self, index: &MessageIndex, now: Millis) {
        while let Some((deadline, id)) = self.deadlines.first().copied()
            && deadline <= now
        {
            self.give_back(id, index.key(id), Return::Expired, now);
        }
        while let Some((due, id)) = self.waiting.first().copied()
            && due <= now
        {
            self.waiting.pop_first();
            if let Some(tried) = self.tried.get_mut(&id) {
                tried.retry_at = None;
            }
            self.ready.insert(id);
        }
    }

    /// Changes a lease's end; zero gives the message back. False when the lease is not current.
    pub(crate) fn modify_deadline(
        &mut self,
        ack: AckId,
        key: OrderingKey,
        lease_for: Duration,
        now: Millis,
    ) -> bool {
        let Some(lease) = self.leases.get_mut(&ack.message) else {
            return false;
        };
        if lease.number != ack.lease || lease.deadline <= now {
            return false;
        }
        if lease_for.is_zero() {
            self.give_back(ack.message, key, Return::Refused, now);
            return true;
        }
        self.deadlines.remove(&(lease.deadline, ack.message));
        lease.deadline = now.plus(lease_for);
        self.deadlines.insert((lease.deadline, ack.message));
        true
    }

    /// A consumer went away: all that it had is ready again after the grace.
    pub(crate) fn close(&mut self, consumer: ConsumerId, index: &MessageIndex, now: Millis) {
        self.consumers.remove(&consumer);
        let mut abandoned: Vec<MessageId> = self
            .leases
            .iter()
            .filter_map(|(id, lease)| (lease.consumer == consumer).then_some(*id))
            .collect();
        abandoned.sort_unstable();
        for id in abandoned {
            self.give_back(id, index.key(id), Return::Abandoned, now);
        }
    }

    fn give_back(&mut self, id: MessageId, key: OrderingKey, why: Return, now: Millis) {
        let Some(lease) = self.end_lease(id) else {
            return;
        };
        let recalled = self.lines.as_mut().map(|lines| lines.returned(key, id));
        for later in recalled.unwrap_or_default() {
            self.recall(later);
        }
        let failures = lease.failures + u32::from(why != Return::Abandoned);
        let still_counts = !(self.policy.exactly_once && why == Return::Expired);
        let mut tried = Tried {
            failures,
            lease: still_counts.then_some(lease.number),
            retry_at: None,
        };
        let wait = match why {
            Return::Abandoned => ABANDONED_GRACE,
            Return::Refused | Return::Expired => self.policy.wait_after(failures),
        };
        if why != Return::Abandoned && self.policy.gives_up_after(failures) {
            self.buried.insert(id);
        } else if wait.is_zero() {
            self.ready.insert(id);
        } else {
            let due = now.plus(wait);
            tried.retry_at = Some(due);
            self.waiting.insert((due, id));
        }
        self.tried.insert(id, tried);
    }

    /// Takes a later message of a key back from where it is; its key's line holds it now.
    fn recall(&mut self, id: MessageId) {
        if let Some(lease) = self.end_lease(id) {
            self.tried.insert(
                id,
                Tried {
                    failures: lease.failures,
                    ..Tried::default()
                },
            );
            return;
        }
        self.ready.remove(&id);
        if let Some(due) = self
            .tried
            .get_mut(&id)
            .and_then(|tried| tried.retry_at.take())
        {
            self.waiting.remove(&(due, id));
        }
    }

    pub(super) fn end_lease(&mut self, id: MessageId) -> Option<Lease> {
        let lease = self.leases.remove(&id)?;
        self.deadlines.remove(&(lease.deadline, id));
        if let Some(outstanding) = self.consumers.get_mut(&lease.consumer) {
            outstanding.release(lease.bytes);
        }
        Some(lease)
    }
}
