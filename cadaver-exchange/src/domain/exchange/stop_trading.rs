//! The kill switch: no new orders, and the open ones are taken back, a bounded number at a time.

use super::{Exchange, Outcome, Output};
use crate::domain::{CatIx, Market, cats::Sort, event::CancelReason, rules::MAX_STEPS_PER_ADVANCE};
use shared_events::id::CatId;

impl Exchange {
    pub(super) fn stop_trading(&mut self, id: Option<&CatId>, out: &mut Output) -> Outcome {
        match id {
            None if self.stopped => return Outcome::Unchanged,
            None => {
                self.stopped = true;
                let with_orders = self
                    .cats
                    .all()
                    .filter(|cat| self.an_order_of(*cat).is_some());
                self.stopping = with_orders.collect();
            }
            Some(id) => {
                let stopped = |cat| self.cats.get(cat).stopped || self.cats.get(cat).erased;
                if self.cats.find(id).is_some_and(stopped) {
                    return Outcome::Unchanged;
                }
                let cat = self.cat(id);
                self.cats.get_mut(cat).stopped = true;
                self.stopping.insert(cat);
            }
        }
        self.go_on_stopping(MAX_STEPS_PER_ADVANCE, out);
        Outcome::Done
    }

    pub(super) fn allow_trading(&mut self, id: Option<&CatId>) -> Outcome {
        match id {
            None if self.stopped => {
                self.stopped = false;
                let stopped = |cat: &CatIx| self.cats.get(*cat).stopped;
                self.stopping.retain(stopped);
                Outcome::Done
            }
            None => Outcome::Unchanged,
            Some(id) => {
                let Some(cat) = self.cats.find(id).filter(|cat| self.cats.get(*cat).stopped) else {
                    return Outcome::Unchanged;
                };
                self.cats.get_mut(cat).stopped = false;
                if !self.stopped {
                    self.stopping.remove(&cat);
                }
                Outcome::Done
            }
        }
    }

    /// Takes back up to `most` orders of cats whose trading was stopped; tells how many.
    pub(super) fn go_on_stopping(&mut self, most: usize, out: &mut Output) -> usize {
        let mut done = 0;
        while done < most
            && let Some(cat) = self.stopping.first().copied()
        {
            match self.an_order_of(cat) {
                Some(slot) => {
                    self.cancel(slot, CancelReason::TradingStopped, out);
                    done += 1;
                }
                None => {
                    self.stopping.remove(&cat);
                }
            }
        }
        done
    }

    /// Whether a cat may have orders in the books.
    pub(in crate::domain) fn may_trade(&self, cat: CatIx) -> bool {
        !self.stopped && !self.cats.get(cat).stopped
    }

    /// The first of a cat's open orders, its own before the house's listings.
    pub(in crate::domain) fn an_order_of(&self, cat: CatIx) -> Option<crate::domain::orders::Slot> {
        let open = &self.cats.get(cat).open;
        let lists = Sort::ALL
            .into_iter()
            .flat_map(|sort| Market::ALL.map(|market| open[market.index()][sort as usize]));
        lists.into_iter().find_map(|list| list.head())
    }
}
