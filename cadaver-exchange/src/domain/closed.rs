//! The closed orders of a cat that can still be looked up: a ring that overwrites the one that closed longest ago.

use super::{order::Order, rules::CLOSED_ORDERS_KEPT};

/// The ring.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closed {
    ring: Vec<Order>,
    /// Where the one that closed longest ago is, once the ring is full.
    oldest: usize,
}

impl Closed {
    /// Keeps an order; what it takes the place of is shown to `forget` before it goes.
    pub(crate) fn push(&mut self, order: Order, forget: impl FnOnce(&Order)) {
        if self.ring.len() < CLOSED_ORDERS_KEPT {
            self.ring.push(order);
            return;
        }
        let place = &mut self.ring[self.oldest];
        forget(place);
        *place = order;
        self.oldest = (self.oldest + 1) % CLOSED_ORDERS_KEPT;
    }

    pub(crate) const fn len(&self) -> usize {
        self.ring.len()
    }

    /// All that are kept, the one that closed longest ago first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> {
        let (newer, older) = self.ring.split_at(self.oldest);
        older.iter().chain(newer)
    }
}
