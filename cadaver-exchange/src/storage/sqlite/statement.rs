//! The lines of cats' statements.

use super::{
    WorkError,
    rows::{from_sql, limit, to_sql, unreadable},
};
use crate::{
    domain::Moment,
    storage::{Entry, StatedLine, StatementLine},
};
use rusqlite::{Connection, params};
use shared_events::id::CatId;

pub(super) fn add(connection: &Connection, entries: &[Entry]) -> Result<(), WorkError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO statement (cat, number, position, at_ms, asset, amount, balance, why)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for entry in entries {
        for line in &entry.lines {
            insert.execute(params![
                line.cat.as_str(),
                to_sql(line.number),
                to_sql(entry.position),
                entry.at.millis(),
                line.asset,
                line.amount,
                line.balance,
                line.why,
            ])?;
        }
    }
    Ok(())
}

pub(super) fn before(
    connection: &Connection,
    cat: &CatId,
    before: u64,
    count: usize,
) -> Result<Vec<StatedLine>, WorkError> {
    let mut select = connection.prepare_cached(
        "SELECT number, position, at_ms, asset, amount, balance, why FROM statement
         WHERE cat = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
    )?;
    let mut rows = select.query(params![cat.as_str(), to_sql(before), limit(count)])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(StatedLine {
            position: from_sql(row.get(1)?)?,
            at: Moment::from_millis(row.get(2)?),
            line: StatementLine {
                cat: cat.clone(),
                number: from_sql(row.get(0)?)?,
                asset: row.get::<_, String>(3).map_err(unreadable)?.into(),
                amount: row.get(4)?,
                balance: row.get(5)?,
                why: row.get::<_, String>(6).map_err(unreadable)?.into(),
            },
        });
    }
    Ok(lines)
}
