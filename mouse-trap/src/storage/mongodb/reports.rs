//! Reports in MongoDB, and the one write that stores all that they cause.

use super::documents::{Unreadable, count, date, word};
use super::steps::Step;
use super::{MongodbStorage, catches, commands, failed, imports, traps};
use crate::domain::report::{RecordedReport, ReportKey, ReportResult};
use crate::storage::{Recording, ReportStorage, StorageError, Write};
use async_trait::async_trait;
use bson::{Document, doc};
use shared_events::id::{CaptureId, TrapId};
use std::collections::HashMap;

const REPORTS: &str = "reports";

#[async_trait]
impl ReportStorage for MongodbStorage {
    async fn known_reports(
        &self,
        trap: &TrapId,
        keys: Vec<ReportKey>,
    ) -> Result<HashMap<ReportKey, ReportResult>, StorageError> {
        let limit = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        let mut asked: HashMap<String, ReportKey> = keys
            .into_iter()
            .map(|key| (report_id(trap, &key), key))
            .collect();
        let filter = doc! { "_id": { "$in": asked.keys().collect::<Vec<_>>() } };
        let found = self
            .find(REPORTS, filter, doc! { "_id": 1 }, limit, id_and_result)
            .await;
        let found = found.map_err(failed("look for known reports"))?;
        let known = found.into_iter().filter_map(|(id, name)| {
            let key = asked.remove(&id)?;
            let catch = || CaptureId::of_catch(trap, key.boot.as_str(), key.counter);
            let result = ReportResult::named(&name, catch)?;
            Some((key, result))
        });
        Ok(known.collect())
    }

    async fn record(&self, recording: Recording) -> Result<Write, StorageError> {
        let insert = |collection, documents| Step::Insert {
            collection,
            documents,
        };
        let steps = vec![
            traps::update(&recording.traps),
            insert(REPORTS, recording.reports.iter().map(document_of).collect()),
            insert(
                catches::CAPTURES,
                recording
                    .captures
                    .iter()
                    .map(catches::capture_document)
                    .collect(),
            ),
            insert(
                catches::BYCATCH,
                recording
                    .bycatch
                    .iter()
                    .map(catches::bycatch_document)
                    .collect(),
            ),
            commands::settle(&recording.settled),
            insert(
                imports::ROWS,
                recording
                    .import_rows
                    .iter()
                    .map(imports::document_of)
                    .collect(),
            ),
            Step::Announce(recording.events),
        ];
        self.write("record reports", steps).await
    }
}

/// None of the parts may hold a slash.
fn report_id(trap: &TrapId, key: &ReportKey) -> String {
    format!("{trap}/{}/{}", key.boot, key.counter)
}

fn document_of((trap, report): &(TrapId, RecordedReport)) -> Document {
    doc! {
        "_id": report_id(trap, &report.key),
        "trap": trap.as_str(),
        "boot": report.key.boot.as_str(),
        "counter": count(report.key.counter),
        "at": date(report.at),
        "result": report.result.name(),
    }
}

fn id_and_result(document: &Document) -> Result<(String, String), Unreadable> {
    Ok((
        word(document, "_id", |id| Some(id.to_owned()))?,
        word(document, "result", |name| Some(name.to_owned()))?,
    ))
}
