//! What a batch changes, collected command by command, until the batch is in the journal and may be told.

use super::{
    Update,
    update::{Texts, levels_now, top},
};
use crate::{
    domain::{
        Exchange, Kibbles, Market, Moment, Side,
        event::{BookChange, Output},
    },
    storage::TradeRecord,
};

#[derive(Debug, Default)]
struct OfMarket {
    orders: Vec<BookChange>,
    trades: Vec<TradeRecord>,
}

/// The changes of all markets since they were last told.
#[derive(Debug, Default)]
pub struct Changes {
    markets: [OfMarket; Market::COUNT],
}

impl Changes {
    /// Takes note of what one command did.
    pub fn note(&mut self, out: &Output, at: Moment) {
        for change in &out.book {
            self.markets[change.market.index()].orders.push(*change);
        }
        for trade in TradeRecord::of(out, at) {
            self.markets[trade.market.index()].trades.push(trade);
        }
    }

    /// What was noted, as `exchange` is the state after all of it, at `position`. What came before each the hub knows.
    pub fn updates(&mut self, exchange: &Exchange, position: u64, at: Moment) -> Vec<Update> {
        let mut updates = Vec::new();
        for market in Market::ALL {
            let changed = &mut self.markets[market.index()];
            if changed.orders.is_empty() && changed.trades.is_empty() {
                continue;
            }
            let (top, checksum) = top(exchange, market);
            let OfMarket { orders, trades } = std::mem::take(changed);
            updates.push(Update {
                market,
                prev_seq: 0,
                seq: position,
                at,
                bids: levels_now(exchange, market, Side::Buy, touched(&orders, Side::Buy)),
                asks: levels_now(exchange, market, Side::Sell, touched(&orders, Side::Sell)),
                orders,
                trades,
                top,
                checksum,
                merged: 1,
                texts: Texts::default(),
            });
        }
        updates
    }
}

/// The prices at which orders of `side` changed, each once.
fn touched(orders: &[BookChange], side: Side) -> impl Iterator<Item = Kibbles> {
    let of_side = orders.iter().filter(|change| change.side == side);
    let mut prices: Vec<Kibbles> = of_side.map(|change| change.price).collect();
    prices.sort_unstable();
    prices.dedup();
    prices.into_iter()
}
