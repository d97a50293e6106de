//! The journal's entries and their trades.

use super::{
    rows::{json, limit, number, side, text, to_bson, unreadable},
    unavailable,
};
use crate::{
    domain::{Kibbles, Market, Moment},
    storage::{
        Entry, Epoch, Recorded, StatementLine, StorageError, Told, TradeRecord,
        entry::{Damaged, Sealed, events_checksum},
    },
};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    error::{Error, ErrorKind},
};
use std::{cmp::Reverse, collections::HashSet};

/// What MongoDB answers when a unique index already has the key.
const DUPLICATE_KEY: i32 = 11_000;

pub(super) async fn append(
    journal: &Collection<Document>,
    epoch: Epoch,
    entries: &[Entry],
) -> Result<(), StorageError> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    let rows = entries.iter().map(|entry| row(entry, epoch));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    match journal.insert_many(rows).ordered(true).await {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate_key(&error) => Err(StorageError::PositionTaken(first.position)),
        Err(error) => Err(unavailable("append to the journal")(error)),
    }
}

fn is_duplicate_key(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::InsertMany(failure) => failure
            .write_errors
            .iter()
            .flatten()
            .any(|failed| failed.code == DUPLICATE_KEY),
        _ => false,
    }
}

fn row(entry: &Entry, epoch: Epoch) -> Result<Document, StorageError> {
    let write = |error| unreadable("entry to be written", error);
    let trades = entry.trades.iter().map(|trade| {
        Bson::from(doc! {
            "market": trade.market.name(),
            "number": to_bson(trade.number),
            "price": trade.price.0,
            "quantity": i64::from(trade.quantity),
            "taker": trade.taker.as_str(),
        })
    });
    let command = serde_json::to_string(&entry.command).map_err(write)?;
    let events = serde_json::to_string(&entry.events).map_err(write)?;
    let sealed = Sealed {
        position: entry.position,
        at: entry.at,
        source: entry.source.as_deref(),
        events_through: entry.events_through(),
        command: &command,
    };
    let mut row = doc! {
        "epoch": to_bson(epoch.0),
        "checksum": i64::from(sealed.checksum()),
        "events_checksum": i64::from(events_checksum(&events)),
        "_id": to_bson(entry.position),
        "at_ms": entry.at.millis(),
        "command": command,
        "events_before": to_bson(entry.events_before),
        "events_through": to_bson(entry.events_through()),
        "events": events,
        "trades": trades.collect::<Vec<_>>(),
    };
    if !entry.lines.is_empty() {
        let key = |line: &StatementLine| {
            Bson::from(doc! { "cat": line.cat.as_str(), "number": to_bson(line.number) })
        };
        row.insert("line_keys", entry.lines.iter().map(key).collect::<Vec<_>>());
        let lines = serde_json::to_string(&entry.lines).map_err(write)?;
        row.insert("lines", lines);
    }
    for (name, value) in [
        ("source", &entry.source),
        ("traceparent", &entry.traceparent),
    ] {
        if let Some(value) = value {
            row.insert(name, value);
        }
    }
    Ok(row)
}

pub(super) async fn entries(
    journal: &Collection<Document>,
    after: u64,
    count: usize,
) -> Result<Vec<Recorded>, StorageError> {
    let find = journal
        .find(doc! { "_id": { "$gt": to_bson(after) } })
        .sort(doc! { "_id": 1 })
        .limit(limit(count))
        .projection(
            doc! { "at_ms": 1, "command": 1, "events_through": 1, "source": 1, "checksum": 1 },
        );
    let rows = collect(find.await, "read the journal").await?;
    let read = |row: &Document| {
        let position = number(row, "_id")?;
        let sealed = sealed(row, position).ok_or(StorageError::Damaged(position))?;
        let checked = sealed.check(row.get_i64("checksum").ok());
        checked.map_err(|Damaged(position)| StorageError::Damaged(position))?;
        let command = serde_json::from_str(sealed.command);
        Ok(Recorded {
            position,
            at: sealed.at,
            command: command.map_err(|error| StorageError::UnknownEntry {
                position,
                source: Box::new(error),
            })?,
            events_through: sealed.events_through,
        })
    };
    rows.iter().map(read).collect()
}

/// What an entry's checksum is about; nothing if a field does not hold what it must.
fn sealed(row: &Document, position: u64) -> Option<Sealed<'_>> {
    Some(Sealed {
        position,
        at: moment(row).ok()?,
        source: row.get_str("source").ok(),
        events_through: number(row, "events_through").ok()?,
        command: text(row, "command").ok()?,
    })
}

pub(super) async fn told_after(
    journal: &Collection<Document>,
    event: u64,
    count: usize,
) -> Result<Vec<Told>, StorageError> {
    let find = journal
        .find(doc! { "events_through": { "$gt": to_bson(event) } })
        .sort(doc! { "events_through": 1 })
        .limit(limit(count))
        .projection(doc! { "at_ms": 1, "traceparent": 1, "events_before": 1, "events_through": 1, "events": 1, "events_checksum": 1 });
    let rows = collect(find.await, "list the events to publish").await?;
    let read = |row: &Document| {
        let position = number(row, "_id")?;
        read_told(row).ok_or(StorageError::Damaged(position))
    };
    rows.iter().map(read).collect()
}

/// Nothing if the events are not those that were written, or as many as their numbers say.
fn read_told(row: &Document) -> Option<Told> {
    let sum = i64::from(events_checksum(text(row, "events").ok()?));
    let stored = row.get_i64("events_checksum");
    if stored.is_ok_and(|stored| stored != sum) {
        return None;
    }
    let told = Told {
        at: moment(row).ok()?,
        traceparent: row.get_str("traceparent").ok().map(str::to_owned),
        events_before: number(row, "events_before").ok()?,
        events: json(row, "events").ok()?,
    };
    (told.events_through() == number(row, "events_through").ok()?).then_some(told)
}

/// Trade numbers grow with positions, so the newest entries hold the newest trades.
pub(super) async fn trades(
    journal: &Collection<Document>,
    market: Market,
    before: u64,
    count: usize,
) -> Result<Vec<TradeRecord>, StorageError> {
    let wanted = doc! { "market": market.name(), "number": { "$lt": to_bson(before) } };
    let find = journal
        .find(doc! { "trades": { "$elemMatch": wanted } })
        .sort(doc! { "_id": -1 })
        .limit(limit(count))
        .projection(doc! { "at_ms": 1, "trades": 1 });
    let rows = collect(find.await, "read the trades").await?;
    let mut trades = Vec::new();
    for row in &rows {
        trades.extend(trades_of(row)?);
    }
    trades.retain(|trade| trade.market == market && trade.number < before);
    trades.sort_unstable_by_key(|trade| Reverse(trade.number));
    trades.truncate(count);
    Ok(trades)
}

/// The trades of an entry, in order.
pub(super) fn trades_of(row: &Document) -> Result<Vec<TradeRecord>, StorageError> {
    let trades = row.get_array("trades");
    let trades = trades.map_err(|error| unreadable("trades", error))?.iter();
    let read = |trade: &Bson| {
        let trade = trade.as_document();
        let trade = trade.ok_or_else(|| unreadable("trades", "one is no document"))?;
        read_trade(trade, moment(row)?)
    };
    trades.map(read).collect()
}

fn read_trade(row: &Document, executed_at: Moment) -> Result<TradeRecord, StorageError> {
    let quantity = number(row, "quantity")?;
    Ok(TradeRecord {
        number: number(row, "number")?,
        market: text(row, "market")?
            .parse()
            .map_err(|error| unreadable_market(&error))?,
        price: Kibbles(
            row.get_i64("price")
                .map_err(|error| unreadable("price", error))?,
        ),
        quantity: u32::try_from(quantity).map_err(|error| unreadable("quantity", error))?,
        taker: side(text(row, "taker")?)?,
        executed_at,
    })
}

fn unreadable_market(error: &crate::domain::market::UnknownMarket) -> StorageError {
    unreadable("market of a trade", error.to_string())
}

pub(super) async fn known_sources(
    journal: &Collection<Document>,
    sources: Vec<String>,
) -> Result<HashSet<String>, StorageError> {
    let find = journal
        .find(doc! { "source": { "$in": sources } })
        .projection(doc! { "source": 1 });
    let rows = collect(find.await, "look up commands in the journal").await?;
    rows.iter()
        .map(|row| text(row, "source").map(str::to_owned))
        .collect()
}

pub(super) fn moment(row: &Document) -> Result<Moment, StorageError> {
    row.get_i64("at_ms")
        .map(Moment::from_millis)
        .map_err(|error| unreadable("moment", error))
}

pub(super) async fn collect(
    cursor: mongodb::error::Result<mongodb::Cursor<Document>>,
    attempted: &'static str,
) -> Result<Vec<Document>, StorageError> {
    let cursor = cursor.map_err(unavailable(attempted))?;
    cursor.try_collect().await.map_err(unavailable(attempted))
}
