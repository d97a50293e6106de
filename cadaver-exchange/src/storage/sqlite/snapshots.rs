//! Snapshots, in parts that are written one by one: trading commits in between.

use super::{
    WorkError,
    rows::{from_sql, limit, to_sql},
};
use crate::{
    domain::canonical::StateHash,
    storage::{SNAPSHOTS_KEPT, Snapshot},
};
use rusqlite::{Connection, OptionalExtension};
use service_chassis::sqlite::Database;
use std::sync::Arc;

/// Bytes in one part, about a millisecond's write.
const PART_BYTES: usize = 256 * 1_024;
/// Parts that are forgotten in one go.
const PARTS_FORGOTTEN: usize = 4;

pub(super) async fn save(database: &Database, snapshot: Snapshot) -> Result<(), WorkError> {
    let position = to_sql(snapshot.position);
    let snapshot = Arc::new(snapshot);
    let parts = snapshot.state.len().div_ceil(PART_BYTES);
    for part in 0..parts {
        let snapshot = snapshot.clone();
        let write = database.write::<_, WorkError, _>(move |connection| {
            let from = part * PART_BYTES;
            let until = snapshot.state.len().min(from + PART_BYTES);
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO snapshot_part (position, part, bytes) VALUES (?1, ?2, ?3)",
            )?;
            insert.execute((position, limit(part), &snapshot.state[from..until]))?;
            Ok(())
        });
        write.await?;
    }
    let hash = snapshot.hash;
    let seal = database.write::<_, WorkError, _>(move |connection| {
        connection.execute(
            "INSERT OR REPLACE INTO snapshot (position, hash, state, parts) VALUES (?1, ?2, x'', ?3)",
            (position, hash.0, limit(parts)),
        )?;
        connection.execute(
            "DELETE FROM snapshot WHERE position NOT IN (SELECT position FROM snapshot ORDER BY position DESC LIMIT ?1)",
            [limit(SNAPSHOTS_KEPT)],
        )?;
        Ok(())
    });
    seal.await?;
    forget_parts(database).await
}

/// Forgets the parts of snapshots that are not kept, or were never whole.
async fn forget_parts(database: &Database) -> Result<(), WorkError> {
    loop {
        let forgotten = database.write::<_, WorkError, _>(|connection| {
            let mut delete = connection.prepare_cached(
                "DELETE FROM snapshot_part WHERE rowid IN (
                     SELECT rowid FROM snapshot_part WHERE position NOT IN (SELECT position FROM snapshot) LIMIT ?1)",
            )?;
            Ok(delete.execute([limit(PARTS_FORGOTTEN)])?)
        });
        if forgotten.await? == 0 {
            return Ok(());
        }
    }
}

pub(super) fn positions(connection: &Connection) -> Result<Vec<u64>, WorkError> {
    let mut statement =
        connection.prepare_cached("SELECT position FROM snapshot ORDER BY position DESC")?;
    let positions = statement.query_map([], |row| row.get::<_, i64>(0))?;
    positions.map(|position| from_sql(position?)).collect()
}

pub(super) fn load(connection: &Connection, position: u64) -> Result<Option<Snapshot>, WorkError> {
    let mut sealed =
        connection.prepare_cached("SELECT hash, state, parts FROM snapshot WHERE position = ?1")?;
    let row = sealed.query_row([to_sql(position)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, u64>(2)?))
    });
    let row: Option<(Vec<u8>, Vec<u8>, _)> = row.optional()?;
    // A hash that is none belongs to nothing that is whole.
    let sealed = row.and_then(|(hash, state, parts)| Some((hash.try_into().ok()?, state, parts)));
    let Some((hash, mut state, parts)) = sealed else {
        return Ok(None);
    };
    let mut read = connection
        .prepare_cached("SELECT bytes FROM snapshot_part WHERE position = ?1 ORDER BY part")?;
    let mut rows = read.query([to_sql(position)])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        state.extend_from_slice(row.get_ref(0)?.as_blob().map_err(super::rows::unreadable)?);
        found += 1;
    }
    Ok((found == parts).then_some(Snapshot {
        position,
        hash: StateHash(hash),
        state,
    }))
}
