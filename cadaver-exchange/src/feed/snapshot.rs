//! Whole books for those who begin. One is made for all who ask at about the same time, as making it takes the engine's time.

use super::{Channel, Feed, encode};
use crate::{
    domain::{Exchange, Market, Side, book::Depth},
    engine::NotTrading,
    market_data::{Since, TOP_LEVELS, checksum},
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Levels of each side in a snapshot; a book that is deeper is not complete, and says so.
const MAX_LEVELS: usize = 10_000;
/// Orders of each side in a snapshot; the same.
const MAX_ORDERS: usize = 100_000;
/// Updates since a snapshot was made beyond which a new one is made.
const MAX_AGE_UPDATES: usize = 64;

/// The last snapshot of a market's channel.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Option<Snapshot>>);

/// A whole channel at a sequence number.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) seq: u64,
    pub(super) text: Arc<str>,
}

impl Feed {
    /// A snapshot that the ring's updates join on to.
    pub(super) async fn snapshot(
        &self,
        market: Market,
        channel: Channel,
    ) -> Result<Snapshot, NotTrading> {
        let mut cached = self.snapshots(market, channel).0.lock().await;
        if let Some(snapshot) = cached.as_ref().filter(|kept| self.is_young(market, kept)) {
            return Ok(snapshot.clone());
        }
        let look = move |exchange: &Exchange, seq| (seq, raw(exchange, market, channel));
        let (seq, raw) = self.engine.look(look).await?;
        let mut body = encode::snapshot_head(channel, market, seq);
        raw.write(&mut body);
        let snapshot = Snapshot {
            seq,
            text: body.to_string().into(),
        };
        *cached = Some(snapshot.clone());
        Ok(snapshot)
    }

    fn is_young(&self, market: Market, snapshot: &Snapshot) -> bool {
        match self.hub.since(market, snapshot.seq) {
            Since::Updates(updates) => updates.len() <= MAX_AGE_UPDATES,
            Since::Missed(_) => false,
        }
    }
}

/// What is copied in the engine's time; it is written as text in the connection's.
enum Raw {
    Top(Value),
    Levels([Vec<Depth>; 2]),
    Orders([Vec<(u64, i64, u32)>; 2], u32),
    Nothing,
}

fn raw(exchange: &Exchange, market: Market, channel: Channel) -> Raw {
    const SIDES: [Side; 2] = [Side::Buy, Side::Sell];
    match channel {
        Channel::L1 => {
            let [bid, ask] = SIDES.map(|side| exchange.depth(market, side, 1));
            Raw::Top(json!({
                "bid": encode::level_or_null(bid.first()),
                "ask": encode::level_or_null(ask.first()),
                "last_price": exchange.last_price(market),
            }))
        }
        Channel::L2 => Raw::Levels(SIDES.map(|side| exchange.depth(market, side, MAX_LEVELS + 1))),
        Channel::L3 => {
            let [bids, asks] = SIDES.map(|side| exchange.depth(market, side, TOP_LEVELS));
            let orders = SIDES.map(|side| {
                let resting = exchange.resting(market, side, MAX_ORDERS + 1).into_iter();
                resting
                    .map(|order| (order.number.0, order.price.0, order.shown))
                    .collect()
            });
            Raw::Orders(orders, checksum(&bids, &asks))
        }
        Channel::Trades => Raw::Nothing,
    }
}

impl Raw {
    fn write(self, body: &mut Value) {
        match self {
            Self::Top(top) => {
                for field in ["bid", "ask", "last_price"] {
                    body[field] = top[field].clone();
                }
            }
            Self::Levels([mut bids, mut asks]) => {
                body["checksum"] = json!(checksum(&bids, &asks));
                body["complete"] = json!(bids.len().max(asks.len()) <= MAX_LEVELS);
                bids.truncate(MAX_LEVELS);
                asks.truncate(MAX_LEVELS);
                body["bids"] = encode::levels(&bids);
                body["asks"] = encode::levels(&asks);
            }
            Self::Orders([mut bids, mut asks], checksum) => {
                body["checksum"] = json!(checksum);
                body["complete"] = json!(bids.len().max(asks.len()) <= MAX_ORDERS);
                bids.truncate(MAX_ORDERS);
                asks.truncate(MAX_ORDERS);
                body["bids"] = json!(bids);
                body["asks"] = json!(asks);
            }
            Self::Nothing => body["trades"] = json!([]),
        }
    }
}
