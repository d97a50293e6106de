//! Small facts by name.

use super::{
    rows::{number, text, to_bson, unreadable},
    unavailable,
};
use crate::storage::StorageError;
use bson::{Document, doc};
use mongodb::{Collection, options::ReturnDocument};
use uuid::Uuid;

/// The journal's id, drawn on first use.
pub(super) async fn journal_id(marks: &Collection<Document>) -> Result<Uuid, StorageError> {
    let fresh = doc! { "$setOnInsert": { "value": Uuid::new_v4().to_string() } };
    let row = marks
        .find_one_and_update(doc! { "_id": "journal-id" }, fresh)
        .upsert(true)
        .return_document(ReturnDocument::After)
        .await
        .map_err(unavailable("name the journal"))?;
    let row = row.ok_or_else(|| unreadable("journal id", "it is not there"))?;
    text(&row, "value")?
        .parse()
        .map_err(|error: uuid::Error| unreadable("journal id", error))
}

pub(super) async fn published(marks: &Collection<Document>) -> Result<u64, StorageError> {
    let row = marks.find_one(doc! { "_id": "published" }).await;
    let row = row.map_err(unavailable("read how far events are published"))?;
    row.map_or(Ok(0), |row| number(&row, "value"))
}

pub(super) async fn set_published(
    marks: &Collection<Document>,
    event: u64,
) -> Result<(), StorageError> {
    let value = doc! { "$max": { "value": to_bson(event) } };
    let update = marks
        .update_one(doc! { "_id": "published" }, value)
        .upsert(true);
    update
        .await
        .map(|_| ())
        .map_err(unavailable("keep how far events are published"))
}
