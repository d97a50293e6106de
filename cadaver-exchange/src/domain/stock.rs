//! A cat's lots in one market, the oldest first to leave.

use super::{LotIx, Moment, sorted::Sorted};
use std::cmp::Reverse;

/// Lots by the moment of their catch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stock(Sorted<Reverse<(Moment, LotIx)>>);

impl Stock {
    pub(crate) fn add(&mut self, caught_at: Moment, lot: LotIx) {
        self.0.insert(Reverse((caught_at, lot)));
    }

    pub(crate) fn take(&mut self, caught_at: Moment, lot: LotIx) {
        self.0.remove(&Reverse((caught_at, lot)));
    }

    pub(crate) fn oldest(&self) -> Option<LotIx> {
        self.0.last().map(|Reverse((_, lot))| *lot)
    }

    pub(crate) fn pop_oldest(&mut self) -> Option<(Moment, LotIx)> {
        self.0.pop_last().map(|Reverse(oldest)| oldest)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}
