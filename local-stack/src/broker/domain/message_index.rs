//! Where each kept message lies on disk and how many still need it. Payloads are not here.

use super::ids::{MessageId, Millis, OrderingKey, TopicId};
use super::limits::MAX_RECENT_PAYLOAD_BYTES;
use super::recent_payloads::RecentPayloads;
use std::collections::BTreeMap;

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) segment: u64,
    pub(crate) offset: u32,
    pub(crate) length: u32,
}

/// What is known of a message without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptMessage {
    pub(crate) position: Position,
    pub(crate) topic: TopicId,
    pub(crate) key: OrderingKey,
    pub(crate) published_at: Millis,
    /// How many subscriptions, snapshots and topics still need it.
    pub(crate) holders: u32,
}

/// All messages that somebody needs, by id, which is the order of publishing.
#[derive(Debug)]
pub(crate) struct MessageIndex {
    messages: BTreeMap<MessageId, KeptMessage>,
    kept_per_segment: BTreeMap<u64, u64>,
    pub(crate) recent: RecentPayloads,
}

impl Default for MessageIndex {
    fn default() -> Self {
        Self {
            messages: BTreeMap::new(),
            kept_per_segment: BTreeMap::new(),
            recent: RecentPayloads::bounded_to(MAX_RECENT_PAYLOAD_BYTES),
        }
    }
}

impl MessageIndex {
    /// The index of messages that come in the order of their ids.
    pub(crate) fn restored(messages: impl Iterator<Item = (MessageId, KeptMessage)>) -> Self {
        let messages: BTreeMap<_, _> = messages
            .filter(|(_, message)| message.holders > 0)
            .collect();
        let mut kept_per_segment = BTreeMap::new();
        for message in messages.values() {
            *kept_per_segment
                .entry(message.position.segment)
                .or_default() += 1;
        }
        Self {
            messages,
            kept_per_segment,
            ..Self::default()
        }
    }

    /// Adds a message; one that nobody needs is not kept.
    pub(crate) fn insert(&mut self, id: MessageId, message: KeptMessage) {
        if message.holders > 0 {
            *self
                .kept_per_segment
                .entry(message.position.segment)
                .or_default() += 1;
            self.messages.insert(id, message);
        }
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<&KeptMessage> {
        self.messages.get(&id)
    }

    /// The message's ordering key, `NONE` for a message that is gone.
    pub(crate) fn key(&self, id: MessageId) -> OrderingKey {
        self.messages
            .get(&id)
            .map_or(OrderingKey::NONE, |message| message.key)
    }

    /// One more needs the message. False when it is gone.
    pub(crate) fn hold(&mut self, id: MessageId) -> bool {
        self.messages
            .get_mut(&id)
            .map(|message| message.holders += 1)
            .is_some()
    }

    /// One less needs the message; it is forgotten after the last.
    pub(crate) fn release(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else {
            return;
        };
        message.holders = message.holders.saturating_sub(1);
        if message.holders > 0 {
            return;
        }
        let segment = message.position.segment;
        self.messages.remove(&id);
        self.recent.forget(id);
        if let Some(kept) = self.kept_per_segment.get_mut(&segment) {
            *kept -= 1;
            if *kept == 0 {
                self.kept_per_segment.remove(&segment);
            }
        }
    }

    /// The segments that hold a kept message.
    pub(crate) fn needed_segments(&self) -> impl Iterator<Item = u64> {
        self.kept_per_segment.keys().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (MessageId, &KeptMessage)> {
        self.messages.iter().map(|(id, message)| (*id, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(segment: u64, holders: u32) -> KeptMessage {
        KeptMessage {
            position: Position {
                segment,
                offset: 0,
                length: 1,
            },
            topic: TopicId(1),
            key: OrderingKey::NONE,
            published_at: Millis(0),
            holders,
        }
    }

    #[test]
    fn a_segment_is_needed_until_its_last_message_is_released() {
        let mut index = MessageIndex::default();
        index.insert(MessageId(1), kept(7, 2));
        index.insert(MessageId(2), kept(7, 0));
        index.release(MessageId(1));
        assert_eq!(index.needed_segments().collect::<Vec<_>>(), [7]);
        index.release(MessageId(1));
        assert_eq!(index.needed_segments().count(), 0);
        assert_eq!(index.len(), 0);
        assert!(!index.hold(MessageId(1)));
    }
}
