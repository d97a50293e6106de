//! Snapshots as blobs.

use super::{
    WorkError,
    rows::{from_sql, limit, to_sql},
};
use crate::{
    domain::canonical::StateHash,
    storage::{SNAPSHOTS_KEPT, Snapshot},
};
use rusqlite::{Connection, OptionalExtension};

pub(super) fn save(connection: &Connection, snapshot: &Snapshot) -> Result<(), WorkError> {
    connection.execute(
        "INSERT OR REPLACE INTO snapshot (position, hash, state) VALUES (?1, ?2, ?3)",
        (to_sql(snapshot.position), snapshot.hash.0, &snapshot.state),
    )?;
    connection.execute(
        "DELETE FROM snapshot WHERE position NOT IN (SELECT position FROM snapshot ORDER BY position DESC LIMIT ?1)",
        [limit(SNAPSHOTS_KEPT)],
    )?;
    Ok(())
}

pub(super) fn positions(connection: &Connection) -> Result<Vec<u64>, WorkError> {
    let mut statement =
        connection.prepare_cached("SELECT position FROM snapshot ORDER BY position DESC")?;
    let positions = statement.query_map([], |row| row.get::<_, i64>(0))?;
    positions.map(|position| from_sql(position?)).collect()
}

pub(super) fn load(connection: &Connection, position: u64) -> Result<Option<Snapshot>, WorkError> {
    let mut statement =
        connection.prepare_cached("SELECT hash, state FROM snapshot WHERE position = ?1")?;
    let row = statement.query_row([to_sql(position)], |row| {
        Ok(Snapshot {
            position,
            hash: StateHash(row.get(0)?),
            state: row.get(1)?,
        })
    });
    Ok(row.optional()?)
}
