//! The journal's entries and their trades.

use super::{
    WorkError,
    rows::{from_sql, limit, side, to_sql, unreadable},
};
use crate::{
    domain::{Kibbles, Market, Moment, market::UnknownMarket},
    storage::{
        Entry, Epoch, Recorded, Told, TradeRecord,
        entry::{Sealed, events_checksum},
    },
};
use rusqlite::{Connection, ErrorCode, Row, params};
use std::collections::HashSet;

pub(super) fn append(
    connection: &Connection,
    epoch: Epoch,
    entries: &[Entry],
) -> Result<(), WorkError> {
    let mut insert_entry = connection.prepare_cached(
        "INSERT INTO journal (position, at_ms, source, traceparent, command, events_before, events_through, events,
                              epoch, checksum, events_checksum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut insert_trade = connection.prepare_cached(
        "INSERT INTO trade (market, number, price, quantity, taker, executed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for entry in entries {
        let command = serde_json::to_string(&entry.command).map_err(unreadable)?;
        let events = serde_json::to_string(&entry.events).map_err(unreadable)?;
        let sealed = Sealed {
            position: entry.position,
            at: entry.at,
            source: entry.source.as_deref(),
            events_through: entry.events_through(),
            command: &command,
        };
        let inserted = insert_entry.execute(params![
            to_sql(entry.position),
            entry.at.millis(),
            entry.source,
            entry.traceparent,
            command,
            to_sql(entry.events_before),
            to_sql(entry.events_through()),
            events,
            to_sql(epoch.0),
            sealed.checksum(),
            events_checksum(&events),
        ]);
        inserted.map_err(|error| taken(error, entry.position))?;
        for trade in &entry.trades {
            insert_trade.execute(params![
                trade.market.name(),
                to_sql(trade.number),
                trade.price.0,
                trade.quantity,
                trade.taker.as_str(),
                trade.executed_at.millis(),
            ])?;
        }
    }
    Ok(())
}

fn taken(error: rusqlite::Error, position: u64) -> WorkError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => WorkError::PositionTaken(position),
        _ => error.into(),
    }
}

pub(super) fn entries(
    connection: &Connection,
    after: u64,
    count: usize,
) -> Result<Vec<Recorded>, WorkError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, at_ms, command, events_through, source, checksum FROM journal
         WHERE position > ?1 ORDER BY position LIMIT ?2",
    )?;
    let mut rows = statement.query(params![to_sql(after), limit(count)])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let position = from_sql(row.get(0)?)?;
        let sealed = sealed(row, position).ok_or(WorkError::Damaged(position))?;
        sealed.check(row.get(5)?)?;
        let command = serde_json::from_str(sealed.command)
            .map_err(|source| WorkError::UnknownEntry { position, source })?;
        entries.push(Recorded {
            position,
            at: sealed.at,
            command,
            events_through: sealed.events_through,
        });
    }
    Ok(entries)
}

/// What an entry's checksum is about; nothing if a column does not hold what it must.
fn sealed<'a>(row: &'a Row<'_>, position: u64) -> Option<Sealed<'a>> {
    Some(Sealed {
        position,
        at: Moment::from_millis(row.get(1).ok()?),
        source: row.get_ref(4).ok()?.as_str_or_null().ok()?,
        events_through: from_sql(row.get(3).ok()?).ok()?,
        command: row.get_ref(2).ok()?.as_str().ok()?,
    })
}

pub(super) fn told_after(
    connection: &Connection,
    event: u64,
    count: usize,
) -> Result<Vec<Told>, WorkError> {
    let mut statement = connection.prepare_cached(
        "SELECT at_ms, traceparent, events_before, events, events_checksum, position, events_through FROM journal
         WHERE events_through > ?1 ORDER BY events_through LIMIT ?2",
    )?;
    let mut rows = statement.query(params![to_sql(event), limit(count)])?;
    let mut told = Vec::new();
    while let Some(row) = rows.next()? {
        let position = from_sql(row.get(5)?)?;
        told.push(read_told(row).ok_or(WorkError::Damaged(position))?);
    }
    Ok(told)
}

/// Nothing if the events are not those that were written, or as many as their numbers say.
fn read_told(row: &Row<'_>) -> Option<Told> {
    let events = row.get_ref(3).ok()?.as_str().ok()?;
    let stored: Option<i64> = row.get(4).ok()?;
    if stored.is_some_and(|stored| stored != i64::from(events_checksum(events))) {
        return None;
    }
    let told = Told {
        at: Moment::from_millis(row.get(0).ok()?),
        traceparent: row.get(1).ok()?,
        events_before: from_sql(row.get(2).ok()?).ok()?,
        events: serde_json::from_str(events).ok()?,
    };
    let through: u64 = from_sql(row.get(6).ok()?).ok()?;
    (told.events_through() == through).then_some(told)
}

const TRADE_COLUMNS: &str = "number, market, price, quantity, taker, executed_at";

pub(super) fn trades(
    connection: &Connection,
    market: Market,
    before: u64,
    count: usize,
) -> Result<Vec<TradeRecord>, WorkError> {
    let sql = format!(
        "SELECT {TRADE_COLUMNS} FROM trade WHERE market = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![market.name(), to_sql(before), limit(count)])?;
    let mut trades = Vec::new();
    while let Some(row) = rows.next()? {
        trades.push(read_trade(row)?);
    }
    Ok(trades)
}

fn read_trade(row: &Row<'_>) -> Result<TradeRecord, WorkError> {
    Ok(TradeRecord {
        number: from_sql(row.get(0)?)?,
        market: row
            .get_ref(1)?
            .as_str()
            .map_err(unreadable)?
            .parse()
            .map_err(|error: UnknownMarket| unreadable(error))?,
        price: Kibbles(row.get(2)?),
        quantity: row.get(3)?,
        taker: side(row.get_ref(4)?.as_str().map_err(unreadable)?)?,
        executed_at: Moment::from_millis(row.get(5)?),
    })
}

pub(super) fn known_sources(
    connection: &Connection,
    sources: Vec<String>,
) -> Result<HashSet<String>, WorkError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM journal WHERE source = ?1")?;
    let mut known = HashSet::new();
    for source in sources {
        if statement.exists([&source])? {
            known.insert(source);
        }
    }
    Ok(known)
}
