//! A cat takes back many orders at once: all, or those of a market, of a side, in a range of prices.

use super::{Exchange, Outcome, Output, chosen};
use crate::domain::{
    CancelOrders, Side,
    cats::Sort,
    event::CancelReason,
    order::{Order, QUOTE_PREFIX},
    orders::{Slot, Thread},
    rules::MAX_ORDERS_PER_CANCEL,
};

impl Exchange {
    pub(super) fn cancel_orders(&mut self, which: &CancelOrders, out: &mut Output) -> Outcome {
        let chosen = self.chosen_orders(which);
        if chosen.is_empty() {
            return Outcome::Unchanged;
        }
        let mut count = 0;
        for slot in chosen {
            self.cancel(slot, CancelReason::Cat, out);
            count += 1;
        }
        Outcome::OrdersCancelled(count)
    }

    fn chosen_orders(&self, which: &CancelOrders) -> Vec<Slot> {
        let Some(cat) = self.cats.find(&which.cat).map(|cat| self.cats.get(cat)) else {
            return Vec::new();
        };
        let sorts = Sort::ALL.into_iter().filter(|sort| match sort {
            Sort::Bid => which.side != Some(Side::Sell),
            Sort::Ask => which.side != Some(Side::Buy),
            Sort::Listing => which.listings && which.side != Some(Side::Buy),
        });
        let lists = sorts.flat_map(|sort| {
            chosen(which.market).map(move |market| cat.open[market.index()][sort as usize])
        });
        let fits = |order: &Order| {
            (!which.quotes || is_quote(order))
                && which.lowest.is_none_or(|lowest| order.price >= lowest)
                && which.highest.is_none_or(|highest| order.price <= highest)
        };
        lists
            .flat_map(|list| self.orders.walk_slots(list, Thread::Owner))
            .filter(|slot| fits(self.orders.get(*slot)))
            .take(MAX_ORDERS_PER_CANCEL)
            .collect()
    }
}

fn is_quote(order: &Order) -> bool {
    let id = order.id.as_ref();
    id.is_some_and(|id| id.as_str().starts_with(QUOTE_PREFIX))
}
