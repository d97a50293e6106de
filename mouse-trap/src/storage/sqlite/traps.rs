//! Traps in SQLite.

use super::rows::{millis, optional_time, parsed, position, time};
use super::{SqliteStorage, Undo, changed_one};
use crate::domain::credential::Credential;
use crate::domain::site::Jurisdiction;
use crate::domain::trap::Trap;
use crate::storage::{StorageError, TrapChange, TrapFilter, TrapStorage, Write};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};
use service_chassis::outbox::sqlite as outbox;
use shared_events::OutgoingEvent;
use shared_events::events::TrapState;
use shared_events::id::{CatId, SiteId, TrapId};

#[async_trait]
impl TrapStorage for SqliteStorage {
    async fn register_traps(
        &self,
        traps: Vec<Trap>,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        self.write("register traps", move |tx| {
            for trap in &traps {
                insert(tx, trap)?;
            }
            Ok(outbox::append(tx, &events)?)
        })
        .await
    }

    async fn trap(&self, id: &TrapId) -> Result<Option<Trap>, StorageError> {
        let id = id.clone();
        self.read("read a trap", move |connection| {
            let mut select = connection.prepare_cached("SELECT * FROM traps WHERE id = ?1")?;
            select.query_row([id.as_str()], trap).optional()
        })
        .await
    }

    async fn traps_named(&self, ids: Vec<TrapId>) -> Result<Vec<Trap>, StorageError> {
        self.read("read traps", move |connection| {
            let mut select = connection.prepare_cached("SELECT * FROM traps WHERE id = ?1")?;
            let found = ids
                .iter()
                .map(|id| select.query_row([id.as_str()], trap).optional());
            found.filter_map(Result::transpose).collect()
        })
        .await
    }

    async fn traps(
        &self,
        filter: TrapFilter,
        after: Option<&TrapId>,
        limit: u32,
    ) -> Result<Vec<Trap>, StorageError> {
        let after = after.map_or_else(String::new, ToString::to_string);
        self.read("list traps", move |connection| {
            let mut sql = "SELECT * FROM traps WHERE id > :after".to_owned();
            for (column, asked) in [
                ("owner", filter.owner.is_some()),
                ("site", filter.site.is_some()),
            ] {
                // An absent condition still names its parameter, so that one list of parameters fits all.
                let condition = if asked {
                    format!("{column} = :{column}")
                } else {
                    format!(":{column} IS NULL")
                };
                sql = format!("{sql} AND {condition}");
            }
            let mut select =
                connection.prepare_cached(&format!("{sql} ORDER BY id LIMIT :limit"))?;
            let parameters = named_params! {
                ":after": after,
                ":owner": filter.owner.as_ref().map(CatId::as_str),
                ":site": filter.site.as_ref().map(SiteId::as_str),
                ":limit": limit,
            };
            select.query_map(parameters, trap)?.collect()
        })
        .await
    }

    async fn update_trap(
        &self,
        change: TrapChange,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        self.write("change a trap", move |tx| {
            update(tx, &change)?;
            Ok(outbox::append(tx, &events)?)
        })
        .await
    }

    async fn silent_traps(
        &self,
        seen_before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Trap>, StorageError> {
        self.read("search silent traps", move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT * FROM traps WHERE online_seen_at IS NOT NULL AND online_seen_at < ?1 ORDER BY online_seen_at LIMIT ?2",
            )?;
            select.query_map(params![millis(seen_before), limit], trap)?.collect()
        })
        .await
    }
}

fn insert(tx: &Connection, trap: &Trap) -> Result<(), Undo> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO traps (id, site, jurisdiction, owner, latitude, longitude, status, online_seen_at,
             credential_hash, credential_issued_at, registered_at, retired_at, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    changed_one(insert.execute(params![
        trap.id.as_str(),
        trap.site.as_str(),
        trap.jurisdiction.as_str(),
        trap.owner.as_str(),
        trap.position.latitude(),
        trap.position.longitude(),
        status(trap)?,
        online_seen_at(trap),
        trap.credential.as_ref().map(|credential| credential.hash.as_slice()),
        trap.credential.as_ref().map(|credential| millis(credential.issued_at)),
        millis(trap.registered_at),
        trap.retired_at.map(millis),
        trap.version,
    ])?)
}

/// Replaces what can change of a trap, when it still has the expected version.
pub(super) fn update(tx: &Connection, change: &TrapChange) -> Result<(), Undo> {
    let trap = &change.trap;
    let mut update = tx.prepare_cached(
        "UPDATE traps SET status = ?3, online_seen_at = ?4, credential_hash = ?5, credential_issued_at = ?6,
             retired_at = ?7, version = ?8
         WHERE id = ?1 AND version = ?2",
    )?;
    changed_one(update.execute(params![
        trap.id.as_str(),
        change.expected_version,
        status(trap)?,
        online_seen_at(trap),
        trap.credential.as_ref().map(|credential| credential.hash.as_slice()),
        trap.credential.as_ref().map(|credential| millis(credential.issued_at)),
        trap.retired_at.map(millis),
        trap.version,
    ])?)
}

fn status(trap: &Trap) -> rusqlite::Result<String> {
    serde_json::to_string(&trap.status)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn online_seen_at(trap: &Trap) -> Option<i64> {
    let online = trap
        .status
        .connection
        .is_some_and(|connection| connection.value == TrapState::Online);
    trap.status
        .last_seen_at
        .filter(|_| online && trap.retired_at.is_none())
        .map(millis)
}

fn trap(row: &Row<'_>) -> rusqlite::Result<Trap> {
    let hash: Option<[u8; 32]> = row.get("credential_hash")?;
    let issued_at = optional_time(row, "credential_issued_at")?;
    Ok(Trap {
        id: parsed(row, "id", TrapId::new)?,
        site: parsed(row, "site", SiteId::new)?,
        jurisdiction: parsed(row, "jurisdiction", Jurisdiction::new)?,
        owner: parsed(row, "owner", CatId::new)?,
        position: position(row)?,
        status: parsed(row, "status", serde_json::from_str)?,
        credential: hash
            .zip(issued_at)
            .map(|(hash, issued_at)| Credential { hash, issued_at }),
        registered_at: time(row, "registered_at")?,
        retired_at: optional_time(row, "retired_at")?,
        version: row.get("version")?,
    })
}
