//! The resting orders of one market, in price-time priority.

use super::{
    Kibbles, Side,
    event::{BookChange, BookChangeKind},
    ladder::{Best, Ladder, Level},
    order::Order,
    orders::{Orders, Slot, Thread},
};

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
#[derive(Debug, Clone)]
pub(crate) struct Book {
    bids: Ladder,
    asks: Ladder,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            bids: Ladder::new(Best::Highest),
            asks: Ladder::new(Best::Lowest),
        }
    }
}

impl Book {
    /// The order that trades next on `side`, and its price: the best one, and of its orders the first that came.
    pub(crate) fn next(&self, side: Side) -> Option<(Kibbles, Slot)> {
        self.side(side).next()
    }

    /// Puts an order at the end of its level's queue.
    pub(crate) fn add(&mut self, orders: &mut Orders, slot: Slot, changes: &mut Vec<BookChange>) {
        let order = orders.get(slot);
        let (side, price, lots) = (order.side, order.price, order.shown);
        changes.push(change(order, BookChangeKind::Added { lots }));
        self.side_mut(side).add(orders, slot, price, lots);
    }

    /// Takes an order out with whatever it shows.
    pub(crate) fn take(&mut self, orders: &mut Orders, slot: Slot, changes: &mut Vec<BookChange>) {
        let order = orders.get_mut(slot);
        let (side, lots) = (order.side, std::mem::take(&mut order.shown));
        changes.push(change(order, BookChangeKind::Left));
        self.side_mut(side).take(orders, slot, lots);
    }

    /// Makes a resting order, and what it shows, smaller; it keeps its place.
    pub(crate) fn reduce(
        &mut self,
        orders: &mut Orders,
        slot: Slot,
        by: u32,
        changes: &mut Vec<BookChange>,
    ) {
        let order = orders.get_mut(slot);
        order.remaining -= by;
        order.shown -= by;
        let (side, lots) = (order.side, order.shown);
        if lots > 0 {
            changes.push(change(order, BookChangeKind::Now { lots }));
        }
        self.side_mut(side).reduce(orders, slot, by);
    }

    /// What a price level shows; nothing if no order rests there.
    pub(crate) fn level(&self, side: Side, price: Kibbles) -> Option<Depth> {
        self.side(side).level(price).map(show)
    }

    /// The resting orders of a side, best price first, and at one price first come first.
    pub(crate) fn resting<'a>(
        &'a self,
        orders: &'a Orders,
        side: Side,
    ) -> impl Iterator<Item = &'a Order> {
        self.side(side)
            .levels()
            .flat_map(|level| orders.walk(level.queue, Thread::Level))
    }

    /// The best `limit` levels of a side, best first.
    pub(crate) fn depth(&self, side: Side, limit: usize) -> Vec<Depth> {
        self.side(side).levels().take(limit).map(show).collect()
    }

    const fn side(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn side_mut(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

const fn change(order: &Order, kind: BookChangeKind) -> BookChange {
    BookChange {
        market: order.market,
        side: order.side,
        price: order.price,
        order: order.number,
        kind,
    }
}

const fn show(level: &Level) -> Depth {
    Depth {
        price: level.price,
        lots: level.lots,
        orders: level.orders,
    }
}
