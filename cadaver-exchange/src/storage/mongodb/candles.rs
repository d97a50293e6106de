//! Candles, put together from the journal's trades when they are asked for.

use super::{journal::collect, rows::unreadable};
use crate::{
    domain::{Kibbles, Market, Moment},
    market_data::candle::{Base, Candle, start_of},
    storage::StorageError,
};
use bson::{Bson, Document, doc};
use mongodb::Collection;

pub(super) async fn between(
    journal: &Collection<Document>,
    market: Market,
    base: Base,
    (from, to): (Moment, Moment),
) -> Result<Vec<Candle>, StorageError> {
    let (from, to) = (next_start(from, base), next_start(to, base));
    let since = doc! { "$gte": from.millis(), "$lt": to.millis() };
    let price_times_lots = doc! { "$multiply": ["$trades.price", "$trades.quantity"] };
    let stages = [
        doc! { "$match": { "trades.market": market.name(), "at_ms": since } },
        doc! { "$sort": { "_id": 1 } },
        doc! { "$unwind": "$trades" },
        doc! { "$match": { "trades.market": market.name() } },
        doc! { "$group": {
            "_id": { "$subtract": ["$at_ms", { "$mod": ["$at_ms", base.millis()] }] },
            "open": { "$first": "$trades.price" },
            "high": { "$max": "$trades.price" },
            "low": { "$min": "$trades.price" },
            "close": { "$last": "$trades.price" },
            "lots": { "$sum": "$trades.quantity" },
            "turnover": { "$sum": price_times_lots },
            "trades": { "$sum": 1_i64 },
        } },
        doc! { "$sort": { "_id": 1 } },
    ];
    let rows = collect(journal.aggregate(stages).await, "read the candles").await?;
    rows.iter().map(read).collect()
}

/// When the first candle begins that does not begin before `moment`: the trades of those before it are older.
fn next_start(moment: Moment, base: Base) -> Moment {
    start_of(moment.plus_millis(base.millis() - 1), base.millis())
}

fn read(row: &Document) -> Result<Candle, StorageError> {
    Ok(Candle {
        start: Moment::from_millis(whole(row, "_id")?),
        open: Kibbles(whole(row, "open")?),
        high: Kibbles(whole(row, "high")?),
        low: Kibbles(whole(row, "low")?),
        close: Kibbles(whole(row, "close")?),
        lots: whole(row, "lots")?,
        turnover: whole(row, "turnover")?,
        trades: whole(row, "trades")?,
    })
}

/// A sum may come back as either kind of integer.
fn whole(row: &Document, name: &'static str) -> Result<i64, StorageError> {
    match row.get(name) {
        Some(Bson::Int64(number)) => Ok(*number),
        Some(Bson::Int32(number)) => Ok(i64::from(*number)),
        other => Err(unreadable(name, format!("{other:?} is no whole number"))),
    }
}
