//! Ordering keys: a later message of a key is held back until the earlier ones are acknowledged.
//!
//! By default one message of a key is out at a time. A wider window (the subscription's label
//! `ordered-window`) lets one consumer have several, still in order: Google's own service does so, and
//! it fits consumers that handle a key's messages one after the other. When one of them comes back,
//! the later ones are recalled and follow it again.

use super::ids::{ConsumerId, MessageId, OrderingKey};
use std::collections::{BTreeSet, HashMap};

/// The lines of messages with the same key, one for each key that has a message out.
#[derive(Debug)]
pub(crate) struct KeyLines {
    lines: HashMap<OrderingKey, Line>,
    window: usize,
}

#[derive(Debug)]
struct Line {
    /// Who has the admitted messages.
    consumer: ConsumerId,
    /// Messages that are out, and at its end the one that came back and waits for its redelivery.
    admitted: BTreeSet<MessageId>,
    came_back: Option<MessageId>,
    /// Messages that were ready but have to wait for the admitted ones.
    held: BTreeSet<MessageId>,
}

impl Line {
    fn led_by(consumer: ConsumerId) -> Self {
        Self {
            consumer,
            admitted: BTreeSet::new(),
            came_back: None,
            held: BTreeSet::new(),
        }
    }

    fn admits(&self, id: MessageId, consumer: ConsumerId, window: usize) -> bool {
        if self.came_back == Some(id) {
            return self.admitted.len() == 1 || self.consumer == consumer;
        }
        let Some(last) = self.admitted.last() else {
            return true;
        };
        self.consumer == consumer
            && self.came_back.is_none()
            && self.admitted.len() < window
            && *last < id
            && self.held.first().is_none_or(|held| id < *held)
    }
}

impl KeyLines {
    pub(crate) fn with_window(window: usize) -> Self {
        Self {
            lines: HashMap::new(),
            window: window.max(1),
        }
    }

    pub(crate) fn set_window(&mut self, window: usize) {
        self.window = window.max(1);
    }

    /// Whether a ready message may go to this consumer now; if not, the line holds it.
    pub(crate) fn admit(&mut self, key: OrderingKey, id: MessageId, consumer: ConsumerId) -> bool {
        if key == OrderingKey::NONE {
            return true;
        }
        let line = self
            .lines
            .entry(key)
            .or_insert_with(|| Line::led_by(consumer));
        if line.admits(id, consumer, self.window) {
            line.consumer = consumer;
            line.came_back = line.came_back.filter(|back| *back != id);
            line.admitted.insert(id);
            return true;
        }
        if line.came_back == Some(id) {
            line.came_back = None;
            line.admitted.remove(&id);
        }
        line.held.insert(id);
        false
    }

    /// An admitted message came back. Answers the later ones that are recalled with it: they are held now.
    pub(crate) fn returned(&mut self, key: OrderingKey, id: MessageId) -> BTreeSet<MessageId> {
        let Some(line) = self.lines.get_mut(&key) else {
            return BTreeSet::new();
        };
        let recalled = line.admitted.split_off(&MessageId(id.0 + 1));
        line.held.extend(&recalled);
        line.came_back = Some(id);
        recalled
    }

    /// A message left the queue for good. Answers the held ones that are ready now.
    pub(crate) fn done(&mut self, key: OrderingKey, id: MessageId) -> Vec<MessageId> {
        let Some(line) = self.lines.get_mut(&key) else {
            return Vec::new();
        };
        line.admitted.remove(&id);
        line.held.remove(&id);
        line.came_back = line.came_back.filter(|back| *back != id);
        let mut ready = Vec::new();
        if line.came_back.is_none() {
            for _ in line.admitted.len()..self.window {
                ready.extend(line.held.pop_first());
            }
        }
        if line.admitted.is_empty() && line.held.is_empty() {
            self.lines.remove(&key);
        }
        ready
    }

    pub(crate) fn holds(&self, key: OrderingKey, id: MessageId) -> bool {
        self.lines
            .get(&key)
            .is_some_and(|line| line.held.contains(&id))
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = MessageId> {
        self.lines
            .values()
            .flat_map(|line| line.held.iter().copied())
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
    }
}
