//! When orders need to be looked at again: their expiry, or the next step of a falling price.

use super::{Moment, OrderNumber};
use std::{cmp::Reverse, collections::BinaryHeap};

/// Below so many entries it is not worth looking for dead ones.
const SLACK: usize = 64;

/// Moments and orders, the earliest first. An order that has closed meanwhile may show up all the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expiries {
    heap: BinaryHeap<Reverse<(Moment, OrderNumber)>>,
}

impl Expiries {
    /// Remembers an order; of all that are remembered at most `live` are still open, and the rest is forgotten now and
    /// then, so that it never outnumbers them by much.
    pub(crate) fn add(
        &mut self,
        moment: Moment,
        order: OrderNumber,
        live: usize,
        is_live: impl Fn(OrderNumber, Moment) -> bool,
    ) {
        if self.heap.len() > 2 * live + SLACK {
            self.heap
                .retain(|Reverse((moment, order))| is_live(*order, *moment));
        }
        self.heap.push(Reverse((moment, order)));
    }

    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.heap.peek().map(|Reverse((moment, _))| *moment)
    }

    /// The next order whose moment has come by `now`.
    pub(crate) fn pop_due(&mut self, now: Moment) -> Option<(Moment, OrderNumber)> {
        if self.next_due()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(due)| due)
    }
}
