//! The payloads of the newest messages, so that a consumer that keeps up never waits for the disk.

use super::ids::MessageId;
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};

/// A bounded first-in-first-out cache. What it drops is read back from the log.
#[derive(Debug)]
pub(crate) struct RecentPayloads {
    payloads: HashMap<MessageId, Bytes>,
    batches: VecDeque<Batch>,
    bytes: usize,
    max_bytes: usize,
}

/// The messages of one write: their payloads share one buffer, which is why they go together.
#[derive(Debug)]
struct Batch {
    messages: Vec<MessageId>,
    bytes: usize,
}

impl RecentPayloads {
    pub(crate) fn bounded_to(max_bytes: usize) -> Self {
        Self {
            payloads: HashMap::new(),
            batches: VecDeque::new(),
            bytes: 0,
            max_bytes,
        }
    }

    /// Keeps the payloads of one write, `buffer_bytes` long, and drops the oldest ones beyond the bound.
    pub(crate) fn keep(&mut self, messages: Vec<(MessageId, Bytes)>, buffer_bytes: usize) {
        if messages.is_empty() || buffer_bytes > self.max_bytes {
            return;
        }
        let ids = messages.iter().map(|(id, _)| *id).collect();
        self.batches.push_back(Batch {
            messages: ids,
            bytes: buffer_bytes,
        });
        self.bytes += buffer_bytes;
        self.payloads.extend(messages);
        while self.bytes > self.max_bytes {
            let Some(oldest) = self.batches.pop_front() else {
                return;
            };
            self.bytes -= oldest.bytes;
            for id in oldest.messages {
                self.payloads.remove(&id);
            }
        }
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<Bytes> {
        self.payloads.get(&id).cloned()
    }

    pub(crate) fn forget(&mut self, id: MessageId) {
        self.payloads.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_write_goes_first() {
        let mut recent = RecentPayloads::bounded_to(10);
        recent.keep(vec![(MessageId(1), Bytes::from_static(b"a"))], 6);
        recent.keep(vec![(MessageId(2), Bytes::from_static(b"b"))], 4);
        assert!(recent.get(MessageId(1)).is_some());
        recent.keep(vec![(MessageId(3), Bytes::from_static(b"c"))], 1);
        assert!(recent.get(MessageId(1)).is_none());
        assert!(recent.get(MessageId(2)).is_some());
        recent.keep(vec![(MessageId(4), Bytes::from_static(b"d"))], 11);
        assert!(
            recent.get(MessageId(4)).is_none(),
            "larger than the whole cache"
        );
    }
}
