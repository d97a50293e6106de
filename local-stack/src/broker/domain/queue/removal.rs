//! How messages leave the queue: acknowledged, expired, sought over.

use super::{Outstanding, Queue};
use crate::broker::domain::ids::{AckId, LeaseNumber, MessageId, Millis, OrderingKey};
use crate::broker::domain::message_index::MessageIndex;
use std::collections::BTreeSet;

/// What an acknowledgement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acknowledgement {
    Done,
    /// The message was acknowledged before.
    Repeated,
    /// The lease is not current, and the subscription needs it to be.
    Stale,
}

impl Queue {
    /// Acknowledges a message.
    ///
    /// Without ordering and exactly-once delivery a late acknowledgement counts too. With ordering, that
    /// of a recalled message does not: it has to follow the one before it again.
    pub(crate) fn acknowledge(
        &mut self,
        ack: AckId,
        key: OrderingKey,
        now: Millis,
    ) -> Acknowledgement {
        let counts = if self.policy.exactly_once {
            self.current_lease(ack.message, now) == Some(ack.lease)
        } else if self.lines.is_some() && key != OrderingKey::NONE {
            !self.was_out(ack.message)
                || self.current_lease(ack.message, Millis(i64::MIN)) == Some(ack.lease)
        } else {
            true
        };
        if !counts {
            return Acknowledgement::Stale;
        }
        match self.remove(ack.message, key) {
            true => Acknowledgement::Done,
            false => Acknowledgement::Repeated,
        }
    }

    fn current_lease(&self, id: MessageId, now: Millis) -> Option<LeaseNumber> {
        match self.leases.get(&id) {
            Some(lease) => (lease.deadline > now).then_some(lease.number),
            None => self.tried.get(&id)?.lease,
        }
    }

    /// Whether the message was delivered since the broker started.
    fn was_out(&self, id: MessageId) -> bool {
        self.leases.contains_key(&id) || self.tried.contains_key(&id)
    }

    /// Takes a message out of the queue, wherever it is. False when it is not here.
    pub(crate) fn remove(&mut self, id: MessageId, key: OrderingKey) -> bool {
        let retry_at = self.tried.remove(&id).and_then(|tried| tried.retry_at);
        let mut found = self.end_lease(id).is_some()
            || self.ready.remove(&id)
            || retry_at.is_some_and(|due| self.waiting.remove(&(due, id)))
            || self.buried.remove(&id);
        if let Some(lines) = &mut self.lines {
            found |= lines.holds(key, id);
            self.ready.extend(lines.done(key, id));
        }
        found
    }

    /// Messages that are to go to the dead-letter topic; each is answered until it is removed or returned.
    pub(crate) fn to_bury(&self) -> impl Iterator<Item = (MessageId, u32)> {
        self.buried
            .iter()
            .map(|id| (*id, self.tried.get(id).map_or(0, |tried| tried.failures)))
    }

    /// The dead-letter topic did not take a message: it is tried again.
    pub(crate) fn exhume(&mut self, id: MessageId) {
        if self.buried.remove(&id) {
            self.ready.insert(id);
        }
    }

    /// Drops all messages published before `oldest` that are not out; answers them.
    pub(crate) fn drop_older(&mut self, oldest: Millis, index: &MessageIndex) -> Vec<MessageId> {
        let is_old = |id: &MessageId| {
            index
                .get(*id)
                .is_none_or(|message| message.published_at < oldest)
        };
        let ready = self.ready.iter().copied().take_while(is_old);
        let waiting = self.waiting.iter().map(|(_, id)| *id).filter(is_old);
        let held = self
            .lines
            .iter()
            .flat_map(|lines| lines.held())
            .filter(is_old);
        let dropped: Vec<MessageId> = ready.chain(waiting).chain(held).collect();
        for id in &dropped {
            self.remove(*id, index.key(*id));
        }
        dropped
    }

    /// Makes exactly these messages the unacknowledged ones. Leases end; old acknowledgements do not count.
    pub(crate) fn replace(&mut self, messages: BTreeSet<MessageId>) {
        self.ready = messages;
        self.leases.clear();
        self.deadlines.clear();
        self.waiting.clear();
        self.tried.clear();
        self.buried.clear();
        self.lines.iter_mut().for_each(super::KeyLines::clear);
        self.consumers.values_mut().for_each(Outstanding::reset);
    }
}
