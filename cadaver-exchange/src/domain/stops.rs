//! The stops of one market that no trade has reached yet: unseen, and in the order in which they will be triggered.

use super::{
    Kibbles, Side,
    orders::{List, Orders, Slot, Thread},
};
use std::collections::BTreeMap;

/// The lowest and the highest price of the trades whose stops have not all been triggered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) lowest: Kibbles,
    pub(crate) highest: Kibbles,
}

/// Waiting stops by their stop price.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stops {
    buys: BTreeMap<Kibbles, List>,
    sells: BTreeMap<Kibbles, List>,
    pub(crate) reached: Option<Reached>,
}

impl Stops {
    pub(crate) fn add(&mut self, orders: &mut Orders, slot: Slot) {
        let (side, price) = place(orders, slot);
        let list = self.side_mut(side).entry(price).or_default();
        orders.push_back(list, Thread::Level, slot);
    }

    pub(crate) fn take(&mut self, orders: &mut Orders, slot: Slot) {
        let (side, price) = place(orders, slot);
        let lists = self.side_mut(side);
        let list = lists.get_mut(&price).expect("a waiting stop has its list");
        orders.unlink(list, Thread::Level, slot);
        if list.head.is_none() {
            lists.remove(&price);
        }
    }

    /// Remembers a trade at `price`, if any stop waits.
    pub(crate) fn reach(&mut self, price: Kibbles) {
        if self.buys.is_empty() && self.sells.is_empty() {
            return;
        }
        let reached = self.reached.get_or_insert(Reached {
            lowest: price,
            highest: price,
        });
        reached.lowest = reached.lowest.min(price);
        reached.highest = reached.highest.max(price);
    }

    /// The next stop that a trade has reached: bids before asks, and of those the one nearest to where the price came
    /// from, first come first.
    pub(crate) fn next_reached(&mut self) -> Option<Slot> {
        let Reached { lowest, highest } = self.reached?;
        let buy = self
            .buys
            .first_key_value()
            .filter(|(stop, _)| **stop <= highest);
        let sell = || {
            self.sells
                .last_key_value()
                .filter(|(stop, _)| **stop >= lowest)
        };
        let next = buy.or_else(sell).and_then(|(_, list)| list.head);
        if next.is_none() {
            self.reached = None;
        }
        next
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Kibbles, List> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}

fn place(orders: &Orders, slot: Slot) -> (Side, Kibbles) {
    let order = orders.get(slot);
    (
        order.side,
        order
            .terms
            .stop_price
            .expect("only orders with a stop price wait"),
    )
}
