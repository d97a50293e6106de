//! The net change of one market over a batch of the journal.

use super::{TOP_LEVELS, checksum};
use crate::{
    domain::{Exchange, Kibbles, Market, Moment, Side, book::Depth, event::BookChange},
    storage::TradeRecord,
};
use std::sync::{Arc, OnceLock};

/// The best of a book and the last price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Top {
    /// The best bid.
    pub bid: Option<Depth>,
    /// The best ask.
    pub ask: Option<Depth>,
    /// The price of the last trade.
    pub last_price: Option<Kibbles>,
}

/// What changed in a market after `prev_seq`, up to and with `seq`.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which market.
    pub market: Market,
    /// The journal position up to which the change before this one went.
    pub prev_seq: u64,
    /// The journal position up to which this one goes.
    pub seq: u64,
    /// The moment of the last change in it.
    pub at: Moment,
    /// The bid levels that changed, as they are now; no lots: the level is gone.
    pub bids: Vec<Depth>,
    /// The ask levels that changed.
    pub asks: Vec<Depth>,
    /// How resting orders changed, in order.
    pub orders: Vec<BookChange>,
    /// What was traded, in order.
    pub trades: Vec<TradeRecord>,
    /// The best of the book now.
    pub top: Top,
    /// Over the best levels now.
    pub checksum: u32,
    /// How many updates of the engine this one stands for.
    pub merged: u32,
    /// What it reads like, written when it is first needed.
    pub texts: Texts,
}

/// Texts of one thing, one for each kind of reader, each written once.
#[derive(Debug, Clone, Default)]
pub struct Texts([OnceLock<Option<Arc<str>>>; 4]);

impl Texts {
    /// The text for a kind of reader; nothing if it has none.
    pub fn of(&self, kind: usize, write: impl FnOnce() -> Option<Arc<str>>) -> Option<Arc<str>> {
        self.0[kind].get_or_init(write).clone()
    }
}

impl Update {
    /// How much memory it takes, in things listed.
    #[must_use]
    pub fn items(&self) -> usize {
        1 + self.bids.len() + self.asks.len() + self.orders.len() + self.trades.len()
    }
}

/// The levels of `side` at `prices` as they are now; a level that is gone has no lots.
pub(super) fn levels_now(
    exchange: &Exchange,
    market: Market,
    side: Side,
    prices: impl Iterator<Item = Kibbles>,
) -> Vec<Depth> {
    let now = |price| {
        exchange.level(market, side, price).unwrap_or(Depth {
            price,
            lots: 0,
            orders: 0,
        })
    };
    prices.map(now).collect()
}

/// The best of the book, and the proof of its best levels.
pub(super) fn top(exchange: &Exchange, market: Market) -> (Top, u32) {
    let bids = exchange.depth(market, Side::Buy, TOP_LEVELS);
    let asks = exchange.depth(market, Side::Sell, TOP_LEVELS);
    let top = Top {
        bid: bids.first().copied(),
        ask: asks.first().copied(),
        last_price: exchange.last_price(market),
    };
    (top, checksum(&bids, &asks))
}
