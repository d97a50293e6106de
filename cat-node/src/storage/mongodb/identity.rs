//! Who users are elsewhere: `_auth_data_<provider>.id`, with parse-server's own indexes.

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::Collection;

use super::collections::Collections;
use super::document::from_document;
use super::error::unavailable;
use super::indexes;
use crate::domain::auth_data::Identity;
use crate::domain::names::ClassName;
use crate::domain::object::ParseObject;
use crate::domain::schema::ClassSchema;
use crate::storage::StorageError;

pub(super) async fn hold_unique(
    collections: &Collections,
    provider: &str,
) -> Result<(), StorageError> {
    let options = doc! {"unique": true, "sparse": true, "background": true};
    let key = format!("_auth_data_{provider}.id");
    let index = indexes::index(&format!("_auth_data_{provider}_id"), doc! {key: 1}, options);
    indexes::create(collections, &ClassName::USER, index).await
}

pub(super) async fn users(
    collection: &Collection<Document>,
    wanted: &[Identity],
    schema: &ClassSchema,
) -> Result<Vec<ParseObject>, StorageError> {
    let any: Vec<Document> = wanted
        .iter()
        .map(|Identity { provider, id }| {
            let key = format!("_auth_data_{provider}.id");
            doc! {key: id}
        })
        .collect();
    let cursor = collection.find(doc! {"$or": any}).await;
    let cursor = cursor.map_err(unavailable("find users by what providers know"))?;
    let documents: Vec<Document> = cursor
        .try_collect()
        .await
        .map_err(unavailable("find users by what providers know"))?;
    Ok(documents
        .into_iter()
        .map(|document| from_document(document, schema))
        .collect())
}
