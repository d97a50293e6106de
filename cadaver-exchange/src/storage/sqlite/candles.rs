//! Candles, kept up to date with the trades in one write.

use super::WorkError;
use crate::{
    domain::{Kibbles, Market, Moment},
    market_data::candle::{self, Base, Candle},
    storage::Entry,
};
use rusqlite::{Connection, params};

pub(super) fn add(connection: &Connection, entries: &[Entry]) -> Result<(), WorkError> {
    let candles = candle::of_trades(entries.iter().flat_map(|entry| &entry.trades));
    let mut upsert = connection.prepare_cached(
        "INSERT INTO candle (market, span_ms, start_ms, open, high, low, close, lots, turnover, trades)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (market, span_ms, start_ms) DO UPDATE SET
             high = max(high, excluded.high), low = min(low, excluded.low), close = excluded.close,
             lots = lots + excluded.lots, turnover = turnover + excluded.turnover, trades = trades + excluded.trades",
    )?;
    for ((market, base, start), candle) in candles {
        upsert.execute(params![
            market.name(),
            base.millis(),
            start.millis(),
            candle.open.0,
            candle.high.0,
            candle.low.0,
            candle.close.0,
            candle.lots,
            candle.turnover,
            candle.trades,
        ])?;
    }
    Ok(())
}

pub(super) fn between(
    connection: &Connection,
    market: Market,
    base: Base,
    (from, to): (Moment, Moment),
) -> Result<Vec<Candle>, WorkError> {
    let mut select = connection.prepare_cached(
        "SELECT start_ms, open, high, low, close, lots, turnover, trades FROM candle
         WHERE market = ?1 AND span_ms = ?2 AND start_ms >= ?3 AND start_ms < ?4 ORDER BY start_ms",
    )?;
    let rows = select.query_map(
        params![market.name(), base.millis(), from.millis(), to.millis()],
        |row| {
            Ok(Candle {
                start: Moment::from_millis(row.get(0)?),
                open: Kibbles(row.get(1)?),
                high: Kibbles(row.get(2)?),
                low: Kibbles(row.get(3)?),
                close: Kibbles(row.get(4)?),
                lots: row.get(5)?,
                turnover: row.get(6)?,
                trades: row.get(7)?,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}
