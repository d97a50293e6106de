//! The lines of cats' statements: appended, each with the number of its cat's line before it.

use super::{
    WorkError,
    rows::{from_sql, limit, to_sql, unreadable},
};
use crate::{
    domain::Moment,
    storage::{Entry, StatedLine, StatementLine},
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use shared_events::id::CatId;
use std::collections::HashMap;

/// Lines that are walked at most to find the place of a `before` that is none of the cat's lines.
const MAX_WALKED: usize = 200_000;

pub(super) fn add(connection: &Connection, entries: &[Entry]) -> Result<(), WorkError> {
    let mut head = connection.prepare_cached("SELECT number FROM statement_head WHERE cat = ?1")?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO statement_line (number, previous, cat, position, at_ms, asset, amount, balance, why)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut heads: HashMap<&CatId, i64> = HashMap::new();
    for entry in entries {
        for line in &entry.lines {
            let number = to_sql(line.number);
            let previous = match heads.insert(&line.cat, number) {
                Some(previous) => Some(previous),
                None => head
                    .query_row([line.cat.as_str()], |row| row.get(0))
                    .optional()?,
            };
            insert.execute(params![
                number,
                previous,
                line.cat.as_str(),
                to_sql(entry.position),
                entry.at.millis(),
                line.asset,
                line.amount,
                line.balance,
                line.why,
            ])?;
        }
    }
    let mut move_head = connection
        .prepare_cached("INSERT OR REPLACE INTO statement_head (cat, number) VALUES (?1, ?2)")?;
    for (cat, number) in heads {
        move_head.execute(params![cat.as_str(), number])?;
    }
    Ok(())
}

/// The lines of a cat with numbers below `before`, newest first.
pub(super) fn before(
    connection: &Connection,
    cat: &CatId,
    before: u64,
    count: usize,
) -> Result<Vec<StatedLine>, WorkError> {
    let before = to_sql(before);
    // Who pages on names a line of its own: the chain is entered there, and else at its head.
    let entered: Option<Option<i64>> = connection
        .prepare_cached("SELECT previous FROM statement_line WHERE number = ?1 AND cat = ?2")?
        .query_row(params![before, cat.as_str()], |row| row.get(0))
        .optional()?;
    let head = || {
        connection
            .prepare_cached("SELECT number FROM statement_head WHERE cat = ?1")?
            .query_row([cat.as_str()], |row| row.get(0))
            .optional()
    };
    let start: Option<i64> = match entered {
        Some(previous) => previous,
        None => head()?,
    };
    let mut chain = connection.prepare_cached(
        "WITH RECURSIVE chain (number) AS (
             SELECT ?1 UNION ALL SELECT previous FROM chain JOIN statement_line USING (number) LIMIT ?4)
         SELECT number, position, at_ms, asset, amount, balance, why FROM chain JOIN statement_line USING (number)
         WHERE number < ?2 LIMIT ?3",
    )?;
    let mut lines = read(
        cat,
        chain.query(params![start, before, limit(count), limit(MAX_WALKED)])?,
    )?;
    // Those from before lines were chained; a program of that time may have written between two of this one.
    let mut older = connection.prepare_cached(
        "SELECT number, position, at_ms, asset, amount, balance, why FROM statement
         WHERE cat = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
    )?;
    lines.extend(read(
        cat,
        older.query(params![cat.as_str(), before, limit(count)])?,
    )?);
    lines.sort_unstable_by_key(|stated| std::cmp::Reverse(stated.line.number));
    lines.truncate(count);
    Ok(lines)
}

fn read(cat: &CatId, mut rows: rusqlite::Rows<'_>) -> Result<Vec<StatedLine>, WorkError> {
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(stated(cat, row)?);
    }
    Ok(lines)
}

fn stated(cat: &CatId, row: &Row<'_>) -> Result<StatedLine, WorkError> {
    Ok(StatedLine {
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
    })
}
