//! The lines of cats' statements, kept in the entries that made them.

use super::{
    journal::{collect, moment},
    rows::{json, limit, number, to_bson},
};
use crate::storage::{StatedLine, StatementLine, StorageError};
use bson::{Document, doc};
use mongodb::Collection;
use shared_events::id::CatId;
use std::cmp::Reverse;

/// Line numbers grow with positions, so the newest entries hold the newest lines.
pub(super) async fn before(
    journal: &Collection<Document>,
    cat: &CatId,
    before: u64,
    count: usize,
) -> Result<Vec<StatedLine>, StorageError> {
    let wanted =
        doc! { "$elemMatch": { "cat": cat.as_str(), "number": { "$lt": to_bson(before) } } };
    let find = journal
        .find(doc! { "line_keys": wanted })
        .sort(doc! { "_id": -1 })
        .limit(limit(count))
        .projection(doc! { "at_ms": 1, "lines": 1 });
    let rows = collect(find.await, "read the statement").await?;
    let mut stated = Vec::new();
    for row in &rows {
        let (position, at) = (number(row, "_id")?, moment(row)?);
        let lines: Vec<StatementLine> = json(row, "lines")?;
        let own = lines
            .into_iter()
            .filter(|line| line.cat == *cat && line.number < before);
        stated.extend(own.map(|line| StatedLine { position, at, line }));
    }
    stated.sort_unstable_by_key(|stated| Reverse(stated.line.number));
    stated.truncate(count);
    Ok(stated)
}
