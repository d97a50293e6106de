//! Candles, kept beside the journal. The journal is one write and they are others, so each candle says which trade it holds last, and is
//! only ever replaced, whole, by one that holds later ones: it does not matter who writes it, nor how often. A mark says up to which
//! entry the journal's trades are in them; whoever writes first catches up from there.

use super::{
    journal::{collect, trades_of},
    rows::{is_taken, limit, number, to_bson, unreadable},
    unavailable,
};
use crate::{
    domain::{Kibbles, Market, Moment},
    market_data::candle::{Base, Candle},
    storage::{Entry, StorageError, TradeRecord},
};
use bson::{Bson, Document, doc};
use futures_util::future::try_join_all;
use mongodb::{Collection, IndexModel};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tokio::sync::Mutex;

/// The document that says how far the journal's trades are in the candles.
const MARK: &str = "through";
/// Entries with trades that are taken in at a time when catching up.
const PAGE: usize = 4_096;

/// The candles of all markets.
#[derive(Debug, Clone)]
pub(super) struct Candles {
    journal: Collection<Document>,
    kept: Collection<Document>,
    /// The last candle of each market and resolution; nothing until the candles are known to have caught up.
    open: Arc<Mutex<Option<Open>>>,
}

type Open = HashMap<(Market, Base), Kept>;

/// A candle as it is stored.
#[derive(Debug, Clone, Copy)]
struct Kept {
    candle: Candle,
    /// The number of the last trade in it.
    last: u64,
}

/// Trades of one candle: the numbers of the first and the last, and what they make.
struct Fresh {
    first: u64,
    last: u64,
    candle: Candle,
}

impl Candles {
    pub(super) fn of(journal: Collection<Document>, kept: Collection<Document>) -> Self {
        Self {
            journal,
            kept,
            open: Arc::default(),
        }
    }

    pub(super) async fn make_index(&self) -> mongodb::error::Result<()> {
        let keys = doc! { "market": 1, "span_ms": 1, "start_ms": 1 };
        let index = IndexModel::builder().keys(keys).build();
        self.kept.create_index(index).await.map(|_| ())
    }

    /// Takes in what was appended to the journal. When that fails, the next one catches up.
    pub(super) async fn follow(&self, entries: &[Entry]) {
        let mut open = self.open.lock().await;
        let followed = match open.take() {
            Some(known) => self.take_in_entries(known, entries).await,
            None => self.catch_up_from_mark().await,
        };
        match followed {
            Ok(known) => *open = Some(known),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the candles fall behind; the next write catches up");
            }
        }
    }

    /// Takes in all trades of the journal that are not in the candles yet.
    pub(super) async fn catch_up(&self) -> Result<(), StorageError> {
        self.catch_up_from_mark().await.map(|_| ())
    }

    async fn take_in_entries(&self, known: Open, entries: &[Entry]) -> Result<Open, StorageError> {
        let trades: Vec<TradeRecord> = entries
            .iter()
            .flat_map(|entry| entry.trades.iter().cloned())
            .collect();
        match entries.last() {
            Some(last) if !trades.is_empty() => self.take_in(known, &trades, last.position).await,
            _ => Ok(known),
        }
    }

    async fn catch_up_from_mark(&self) -> Result<Open, StorageError> {
        let mark = self.kept.find_one(doc! { "_id": MARK }).await;
        let mark = mark.map_err(unavailable("read how far the candles are"))?;
        let mut through = mark.map_or(Ok(0), |mark| number(&mark, "position"))?;
        let mut open = Open::new();
        loop {
            let find = self
                .journal
                .find(doc! { "_id": { "$gt": to_bson(through) }, "trades.0": { "$exists": true } })
                .sort(doc! { "_id": 1 })
                .limit(limit(PAGE))
                .projection(doc! { "at_ms": 1, "trades": 1 });
            let page = collect(find.await, "read the journal's trades").await?;
            let Some(last) = page.last() else {
                return Ok(open);
            };
            let trades = page.iter().map(trades_of);
            let trades = trades.collect::<Result<Vec<_>, _>>()?.concat();
            through = number(last, "_id")?;
            open = self.take_in(open, &trades, through).await?;
        }
    }

    /// Takes in trades, in order, up to those of the entry at `position`, all of which are in the journal.
    async fn take_in(
        &self,
        mut open: Open,
        trades: &[TradeRecord],
        position: u64,
    ) -> Result<Open, StorageError> {
        let mut changed = Vec::new();
        for ((market, base, start), fresh) in by_candle(trades) {
            let kept = open
                .get(&(market, base))
                .filter(|kept| kept.candle.start == start);
            let now = match kept {
                Some(kept) if kept.last >= fresh.last => continue,
                Some(kept) if kept.last < fresh.first => kept.with(&fresh),
                _ => self.put_together(market, base, start).await?,
            };
            open.insert((market, base), now);
            changed.push((market, base, now));
        }
        let writes = changed
            .into_iter()
            .map(|(market, base, kept)| self.write(market, base, kept));
        try_join_all(writes).await?;
        self.kept
            .update_one(
                doc! { "_id": MARK },
                doc! { "$max": { "position": to_bson(position) } },
            )
            .upsert(true)
            .await
            .map_err(unavailable("mark how far the candles are"))?;
        Ok(open)
    }

    /// A candle that holds later trades already stays.
    async fn write(&self, market: Market, base: Base, kept: Kept) -> Result<(), StorageError> {
        let Kept { candle, last } = kept;
        let id = format!(
            "{}/{}/{}",
            market.name(),
            base.millis(),
            candle.start.millis()
        );
        let row = doc! {
            "_id": &id,
            "market": market.name(),
            "span_ms": base.millis(),
            "start_ms": candle.start.millis(),
            "open": candle.open.0,
            "high": candle.high.0,
            "low": candle.low.0,
            "close": candle.close.0,
            "lots": candle.lots,
            "turnover": candle.turnover,
            "trades": candle.trades,
            "last": to_bson(last),
        };
        let older = doc! { "_id": id, "last": { "$lt": to_bson(last) } };
        match self.kept.replace_one(older, row).upsert(true).await {
            Ok(_) => Ok(()),
            Err(error) if is_taken(&error) => Ok(()),
            Err(error) => Err(unavailable("keep a candle")(error)),
        }
    }

    /// A candle put together from all of its trades.
    async fn put_together(
        &self,
        market: Market,
        base: Base,
        start: Moment,
    ) -> Result<Kept, StorageError> {
        let end = start.plus_millis(base.millis());
        let span = doc! { "$gte": start.millis(), "$lt": end.millis() };
        let stages = [
            doc! { "$match": { "trades.market": market.name(), "at_ms": span } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$unwind": "$trades" },
            doc! { "$match": { "trades.market": market.name() } },
            doc! { "$group": {
                "_id": null,
                "open": { "$first": "$trades.price" },
                "high": { "$max": "$trades.price" },
                "low": { "$min": "$trades.price" },
                "close": { "$last": "$trades.price" },
                "lots": { "$sum": "$trades.quantity" },
                "turnover": { "$sum": { "$multiply": ["$trades.price", "$trades.quantity"] } },
                "trades": { "$sum": 1_i64 },
                "last": { "$max": "$trades.number" },
            } },
        ];
        let rows = self.journal.aggregate(stages).await;
        let rows = collect(rows, "put a candle together").await?;
        let row = rows
            .first()
            .ok_or_else(|| unreadable("candle", "its trades are not in the journal"))?;
        Ok(Kept {
            candle: read(row, start)?,
            last: number(row, "last")?,
        })
    }

    pub(super) async fn between(
        &self,
        market: Market,
        base: Base,
        (from, to): (Moment, Moment),
    ) -> Result<Vec<Candle>, StorageError> {
        let starts = doc! { "$gte": from.millis(), "$lt": to.millis() };
        let wanted = doc! { "market": market.name(), "span_ms": base.millis(), "start_ms": starts };
        let find = self.kept.find(wanted).sort(doc! { "start_ms": 1 });
        let rows = collect(find.await, "read the candles").await?;
        rows.iter()
            .map(|row| read(row, Moment::from_millis(whole(row, "start_ms")?)))
            .collect()
    }
}

impl Kept {
    fn with(self, fresh: &Fresh) -> Self {
        let mut candle = self.candle;
        candle.extend(&fresh.candle);
        Self {
            candle,
            last: fresh.last,
        }
    }
}

fn by_candle(trades: &[TradeRecord]) -> BTreeMap<(Market, Base, Moment), Fresh> {
    let mut fresh: BTreeMap<_, Fresh> = BTreeMap::new();
    for trade in trades {
        for base in Base::ALL {
            let candle = Candle::of(trade, base.millis());
            fresh
                .entry((trade.market, base, candle.start))
                .and_modify(|fresh| {
                    fresh.candle.extend(&candle);
                    fresh.last = trade.number;
                })
                .or_insert(Fresh {
                    first: trade.number,
                    last: trade.number,
                    candle,
                });
        }
    }
    fresh
}

fn read(row: &Document, start: Moment) -> Result<Candle, StorageError> {
    Ok(Candle {
        start,
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
