//! Lines of imports in MongoDB.

use super::documents::{Unreadable, count, counted, missing, parsed_optional, unreadable, word};
use super::{Failure, MongodbStorage, failed};
use crate::domain::portal::outcome::Outcome;
use crate::storage::{ImportStorage, ImportedRow, StorageError};
use async_trait::async_trait;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use shared_events::id::CaptureId;
use std::collections::HashMap;

pub(super) const ROWS: &str = "import_rows";

#[async_trait]
impl ImportStorage for MongodbStorage {
    async fn import_rows_between(
        &self,
        import: &str,
        first: u32,
        last: u32,
    ) -> Result<Vec<ImportedRow>, StorageError> {
        let filter = doc! { "import": import, "number": { "$gte": i64::from(first), "$lte": i64::from(last) } };
        let found = self
            .find(
                ROWS,
                filter,
                doc! { "number": 1 },
                last.saturating_sub(first) + 1,
                imported,
            )
            .await;
        found.map_err(failed("look for known lines"))
    }

    async fn import_rows(
        &self,
        import: &str,
        outcome: Option<Outcome>,
        after: u32,
        limit: u32,
    ) -> Result<Vec<ImportedRow>, StorageError> {
        let mut filter = doc! { "import": import, "number": { "$gt": i64::from(after) } };
        if let Some(outcome) = outcome {
            filter.insert("outcome", outcome.as_str());
        }
        let found = self
            .find(ROWS, filter, doc! { "number": 1 }, limit, imported)
            .await;
        found.map_err(failed("list imported lines"))
    }

    async fn import_counts(&self, import: &str) -> Result<HashMap<Outcome, u64>, StorageError> {
        self.count_outcomes(import)
            .await
            .map_err(failed("count imported lines"))
    }
}

impl MongodbStorage {
    async fn count_outcomes(&self, import: &str) -> Result<HashMap<Outcome, u64>, Failure> {
        let grouped = [
            doc! { "$match": { "import": import } },
            doc! { "$group": { "_id": "$outcome", "lines": { "$sum": 1 } } },
        ];
        let groups: Vec<Document> = self
            .collection(ROWS)
            .aggregate(grouped)
            .await?
            .try_collect()
            .await?;
        let read = |group: &Document| {
            Ok((
                word(group, "_id", Outcome::named)?,
                counted(group, "lines")?,
            ))
        };
        groups.iter().map(read).collect()
    }
}

/// A line as it is stored.
pub(super) fn document_of(row: &ImportedRow) -> Document {
    doc! {
        "_id": format!("{}/{}", row.import, row.number),
        "import": &row.import,
        "number": count(u64::from(row.number)),
        "record_id": &row.record_id,
        "outcome": row.outcome.as_str(),
        "reason": row.reason.as_deref(),
        "catch": row.catch.as_ref().map(CaptureId::as_str),
    }
}

fn imported(document: &Document) -> Result<ImportedRow, Unreadable> {
    let text = |field| word(document, field, |text| Some(text.to_owned()));
    Ok(ImportedRow {
        import: text("import")?,
        number: u32::try_from(counted(document, "number")?).map_err(unreadable("number"))?,
        record_id: text("record_id")?,
        outcome: word(document, "outcome", Outcome::named)?,
        reason: match document.get("reason") {
            None | Some(Bson::Null) => None,
            Some(Bson::String(reason)) => Some(reason.clone()),
            Some(_) => return Err(missing("reason")),
        },
        catch: parsed_optional(document, "catch", CaptureId::new)?,
    })
}
