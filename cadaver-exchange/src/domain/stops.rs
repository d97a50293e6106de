//! The stops of one market that no trade has reached yet: unseen, and in the order in which they will be triggered.

use super::{
    Kibbles, Side,
    ladder::{Best, Ladder},
    orders::{Orders, Slot},
};

/// The lowest and the highest price of the trades whose stops have not all been triggered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) lowest: Kibbles,
    pub(crate) highest: Kibbles,
}

/// Waiting stops by their stop price.
#[derive(Debug, Clone)]
pub(crate) struct Stops {
    buys: Ladder,
    sells: Ladder,
    pub(crate) reached: Option<Reached>,
}

impl Default for Stops {
    fn default() -> Self {
        Self {
            buys: Ladder::new(Best::Lowest),
            sells: Ladder::new(Best::Highest),
            reached: None,
        }
    }
}

impl Stops {
    pub(crate) fn add(&mut self, orders: &mut Orders, slot: Slot) {
        let order = orders.get(slot);
        let stop = order.terms.stop_price;
        let stop = stop.expect("only orders with a stop price wait");
        self.side_mut(order.side).add(orders, slot, stop, 0);
    }

    pub(crate) fn take(&mut self, orders: &mut Orders, slot: Slot) {
        let side = orders.get(slot).side;
        self.side_mut(side).take(orders, slot, 0);
    }

    /// Remembers a trade at `price`, if any stop waits; tells whether one does.
    pub(crate) fn reach(&mut self, price: Kibbles) -> bool {
        if self.buys.is_empty() && self.sells.is_empty() {
            return false;
        }
        let reached = self.reached.get_or_insert(Reached {
            lowest: price,
            highest: price,
        });
        reached.lowest = reached.lowest.min(price);
        reached.highest = reached.highest.max(price);
        true
    }

    /// The next stop that a trade has reached: bids before asks, and of those the one nearest to where the price came
    /// from, first come first.
    pub(crate) fn next_reached(&mut self) -> Option<Slot> {
        let Reached { lowest, highest } = self.reached?;
        let buy = self.buys.next().filter(|(stop, _)| *stop <= highest);
        let sell = || self.sells.next().filter(|(stop, _)| *stop >= lowest);
        let next = buy.or_else(sell).map(|(_, slot)| slot);
        if next.is_none() {
            self.reached = None;
        }
        next
    }

    const fn side_mut(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}
