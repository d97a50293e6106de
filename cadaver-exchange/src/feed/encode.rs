//! Updates as text. What all readers of a channel get alike is written once for all of them.

use super::Channel;
use crate::{
    domain::{
        Market, Side,
        book::Depth,
        event::{BookChange, BookChangeKind},
    },
    market_data::Update,
    storage::TradeRecord,
};
use serde_json::{Value, json};
use shared_events::timestamp;
use std::sync::Arc;

/// A delta for a reader that has `prev_seq`; nothing if the update does not concern the channel.
pub(super) fn delta(update: &Update, channel: Channel, prev_seq: u64) -> Option<String> {
    let tail = update
        .texts
        .of(channel as usize, || tail(update, channel))?;
    let (name, market) = (channel.name(), update.market.name());
    Some(format!(
        r#"{{"type":"delta","channel":"{name}","market":"{market}","prev_seq":{prev_seq},{tail}"#
    ))
}

/// All of a delta but its beginning.
fn tail(update: &Update, channel: Channel) -> Option<Arc<str>> {
    let is_news = match channel {
        Channel::L1 => true,
        Channel::L2 | Channel::L3 => !update.orders.is_empty(),
        Channel::Trades => !update.trades.is_empty(),
    };
    if !is_news {
        return None;
    }
    let mut body = json!({"seq": update.seq, "at": timestamp::to_text(update.at.to_utc())});
    match channel {
        Channel::L1 => {
            body["bid"] = level_or_null(update.top.bid.as_ref());
            body["ask"] = level_or_null(update.top.ask.as_ref());
            body["last_price"] = json!(update.top.last_price);
        }
        Channel::L2 => {
            body["bids"] = levels(&update.bids);
            body["asks"] = levels(&update.asks);
            body["checksum"] = json!(update.checksum);
        }
        Channel::L3 => {
            body["changes"] = update.orders.iter().map(change).collect();
            body["checksum"] = json!(update.checksum);
        }
        Channel::Trades => body["trades"] = update.trades.iter().map(trade).collect(),
    }
    if update.merged > 1 {
        body["merged"] = json!(update.merged);
    }
    let text = body.to_string();
    Some(text[1..].into())
}

pub(super) fn snapshot_head(channel: Channel, market: Market, seq: u64) -> Value {
    json!({"type": "snapshot", "channel": channel, "market": market.name(), "seq": seq})
}

/// `[price, lots, orders]` each.
pub(super) fn levels(levels: &[Depth]) -> Value {
    levels.iter().map(level).collect()
}

pub(super) fn level_or_null(best: Option<&Depth>) -> Value {
    best.map_or(Value::Null, level)
}

fn level(level: &Depth) -> Value {
    json!([level.price, level.lots, level.orders])
}

/// `[what, side, price, order, lots]`.
fn change(change: &BookChange) -> Value {
    let (what, lots) = match change.kind {
        BookChangeKind::Added { lots } => ("add", lots),
        BookChangeKind::Now { lots } => ("set", lots),
        BookChangeKind::Left => ("del", 0),
    };
    let side: Side = change.side;
    json!([what, side, change.price, change.order, lots])
}

fn trade(trade: &TradeRecord) -> Value {
    json!({
        "trade": trade.number.to_string(),
        "price": trade.price,
        "quantity": trade.quantity,
        "taker": trade.taker,
        "executed_at": timestamp::to_text(trade.executed_at.to_utc()),
    })
}
