//! The resting orders of one market, in price-time priority.

use super::{
    Kibbles, Side,
    event::{BookChange, BookChangeKind},
    order::Order,
    orders::{List, Orders, Slot, Thread},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
struct Level {
    queue: List,
    lots: u64,
    orders: u64,
}

/// What a price level shows to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// The price.
    pub price: Kibbles,
    /// How many lots are wanted or offered at it.
    pub lots: u64,
    /// By how many orders.
    pub orders: u64,
}

/// One market's book.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    bids: BTreeMap<Kibbles, Level>,
    asks: BTreeMap<Kibbles, Level>,
    /// What the command under way has changed so far; emptied into its output.
    pub(crate) changes: Vec<BookChange>,
}

impl Book {
    /// The order that trades next on `side`: the best price, and of those the first that came.
    pub(crate) fn best(&self, side: Side) -> Option<Slot> {
        let best = match side {
            Side::Buy => self.bids.last_key_value(),
            Side::Sell => self.asks.first_key_value(),
        };
        best.and_then(|(_, level)| level.queue.head)
    }

    /// Puts an order at the end of its level's queue.
    pub(crate) fn add(&mut self, orders: &mut Orders, slot: Slot) {
        let order = orders.get(slot);
        let (side, price, lots) = (order.side, order.price, order.shown);
        let level = self.side_mut(side).entry(price).or_default();
        level.lots += u64::from(lots);
        level.orders += 1;
        orders.push_back(&mut level.queue, Thread::Level, slot);
        self.note(orders.get(slot), BookChangeKind::Added { lots });
    }

    /// Takes an order out with whatever it shows.
    pub(crate) fn take(&mut self, orders: &mut Orders, slot: Slot) {
        let order = orders.get_mut(slot);
        let (side, price, lots) = (order.side, order.price, std::mem::take(&mut order.shown));
        let levels = self.side_mut(side);
        let level = levels
            .get_mut(&price)
            .expect("a resting order has its level");
        level.lots -= u64::from(lots);
        level.orders -= 1;
        orders.unlink(&mut level.queue, Thread::Level, slot);
        if level.orders == 0 {
            levels.remove(&price);
        }
        self.note(orders.get(slot), BookChangeKind::Left);
    }

    /// Makes a resting order, and what it shows, smaller; it keeps its place.
    pub(crate) fn reduce(&mut self, orders: &mut Orders, slot: Slot, by: u32) {
        let order = orders.get_mut(slot);
        order.remaining -= by;
        order.shown -= by;
        let (side, price) = (order.side, order.price);
        let level = self
            .side_mut(side)
            .get_mut(&price)
            .expect("a resting order has its level");
        level.lots -= u64::from(by);
        let lots = orders.get(slot).shown;
        if lots > 0 {
            self.note(orders.get(slot), BookChangeKind::Now { lots });
        }
    }

    /// What a price level shows; nothing if no order rests there.
    pub(crate) fn level(&self, side: Side, price: Kibbles) -> Option<Depth> {
        let levels = match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        };
        levels.get(&price).map(|level| show((&price, level)))
    }

    /// The resting orders of a side, best price first, and at one price first come first.
    pub(crate) fn resting<'a>(
        &'a self,
        orders: &'a Orders,
        side: Side,
    ) -> Box<dyn Iterator<Item = &'a Order> + 'a> {
        let queue = |level: &'a Level| orders.walk(level.queue, Thread::Level);
        match side {
            Side::Buy => Box::new(self.bids.values().rev().flat_map(queue)),
            Side::Sell => Box::new(self.asks.values().flat_map(queue)),
        }
    }

    fn note(&mut self, order: &Order, kind: BookChangeKind) {
        self.changes.push(BookChange {
            market: order.market,
            side: order.side,
            price: order.price,
            order: order.number,
            kind,
        });
    }

    /// The best `limit` levels of a side, best first.
    pub(crate) fn depth(&self, side: Side, limit: usize) -> Vec<Depth> {
        match side {
            Side::Buy => self.bids.iter().rev().take(limit).map(show).collect(),
            Side::Sell => self.asks.iter().take(limit).map(show).collect(),
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Kibbles, Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

fn show((price, level): (&Kibbles, &Level)) -> Depth {
    Depth {
        price: *price,
        lots: level.lots,
        orders: level.orders,
    }
}
