//! Flow control: how much a stream may have outstanding.

use super::Queue;
use crate::broker::domain::ids::ConsumerId;

/// What a stream asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlowControl {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// What a stream has, against what it asked for.
#[derive(Debug)]
pub(crate) struct Outstanding {
    limit: FlowControl,
    messages: usize,
    bytes: usize,
}

impl Outstanding {
    /// Whether one message more may go out. Bytes may be exceeded by the last one, or a message larger
    /// than the limit could never be delivered.
    pub(super) fn has_room(&self) -> bool {
        self.messages < self.limit.messages && self.bytes < self.limit.bytes
    }

    pub(super) fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes;
    }

    pub(super) fn release(&mut self, bytes: usize) {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    pub(super) fn reset(&mut self) {
        self.messages = 0;
        self.bytes = 0;
    }
}

impl Queue {
    pub(crate) fn open(&mut self, consumer: ConsumerId, limit: FlowControl) {
        self.consumers.insert(
            consumer,
            Outstanding {
                limit,
                messages: 0,
                bytes: 0,
            },
        );
    }

    /// Whether there is a ready message and the consumer may have one more.
    pub(crate) fn has_ready_for(&self, consumer: ConsumerId) -> bool {
        !self.ready.is_empty() && self.has_room(consumer)
    }

    pub(super) fn has_room(&self, consumer: ConsumerId) -> bool {
        self.consumers
            .get(&consumer)
            .is_none_or(Outstanding::has_room)
    }
}
