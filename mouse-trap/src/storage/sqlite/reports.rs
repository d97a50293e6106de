//! Reports in SQLite, and the one write that stores all that they cause.

use super::rows::{millis, parsed, word};
use super::{SqliteStorage, Undo, catches, changed_one, commands, imports, traps};
use crate::domain::report::{RecordedReport, ReportKey, ReportResult};
use crate::storage::{Recording, ReportStorage, StorageError, Write};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};
use service_chassis::outbox::sqlite as outbox;
use shared_events::id::{CaptureId, TrapId};
use std::collections::HashMap;

#[async_trait]
impl ReportStorage for SqliteStorage {
    async fn known_reports(
        &self,
        trap: &TrapId,
        keys: Vec<ReportKey>,
    ) -> Result<HashMap<ReportKey, ReportResult>, StorageError> {
        let trap = trap.clone();
        self.read("look for known reports", move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT result FROM reports WHERE trap = ?1 AND boot = ?2 AND counter = ?3",
            )?;
            let mut known = HashMap::new();
            for key in keys {
                let result = select
                    .query_row(
                        params![trap.as_str(), key.boot.as_str(), key.counter],
                        |row| {
                            parsed(
                                row,
                                "result",
                                word(|name| ReportResult::named(name, || catch_id(&trap, &key))),
                            )
                        },
                    )
                    .optional()?;
                if let Some(result) = result {
                    known.insert(key, result);
                }
            }
            Ok(known)
        })
        .await
    }

    async fn record(&self, recording: Recording) -> Result<Write, StorageError> {
        self.write("record reports", move |tx| {
            for change in &recording.traps {
                traps::update(tx, change)?;
            }
            for (trap, report) in &recording.reports {
                insert(tx, trap, report)?;
            }
            for capture in &recording.captures {
                catches::insert_capture(tx, capture)?;
            }
            for bycatch in &recording.bycatch {
                catches::insert_bycatch(tx, bycatch)?;
            }
            for command in &recording.settled {
                commands::settle(tx, command)?;
            }
            for row in &recording.import_rows {
                imports::insert(tx, row)?;
            }
            Ok(outbox::append(tx, &recording.events)?)
        })
        .await
    }
}

fn insert(tx: &Connection, trap: &TrapId, report: &RecordedReport) -> Result<(), Undo> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO reports (trap, boot, counter, at, result) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let key = &report.key;
    let parameters = params![
        trap.as_str(),
        key.boot.as_str(),
        key.counter,
        millis(report.at),
        report.result.name()
    ];
    changed_one(insert.execute(parameters)?)
}

fn catch_id(trap: &TrapId, key: &ReportKey) -> CaptureId {
    CaptureId::of_catch(trap, key.boot.as_str(), key.counter)
}
