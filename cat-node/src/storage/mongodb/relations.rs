//! Relations: the members of a field, in the collection `_Join:<field>:<class>` of documents `{owningId, relatedId}`.

use bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{ClientSession, Collection, IndexModel};

use super::collections::Collections;
use super::error::{is_duplicate, unavailable};
use crate::domain::names::{ClassName, ObjectId};
use crate::storage::StorageError;

const OWNER: &str = "owningId";
const MEMBER: &str = "relatedId";

pub(super) fn name(class: &ClassName, field: &str) -> String {
    format!("_Join:{field}:{class}")
}

pub(super) fn collection(
    collections: &Collections,
    class: &ClassName,
    field: &str,
) -> Collection<Document> {
    collections.get(&name(class, field))
}

/// Both look-ups are indexed, and a member is there once: unless parse-server, which does not see to that, left some twice.
pub(super) async fn ensure_indexes(
    collections: &Collections,
    class: &ClassName,
    field: &str,
) -> Result<(), StorageError> {
    let links = collection(collections, class, field);
    let by_owner = |once: bool| {
        let options = IndexOptions::builder().unique(once.then_some(true)).build();
        let keys = doc! {OWNER: 1, MEMBER: 1};
        IndexModel::builder().keys(keys).options(options).build()
    };
    let attempted = "index a relation";
    match links.create_index(by_owner(true)).await {
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => {
            let made = links.create_index(by_owner(false)).await;
            made.map_err(unavailable(attempted))?;
        }
        Err(error) => return Err(unavailable(attempted)(error)),
    }
    let by_member = IndexModel::builder().keys(doc! {MEMBER: 1}).build();
    let made = links.create_index(by_member).await;
    made.map(drop).map_err(unavailable(attempted))
}

pub(super) async fn relate(
    collection: &Collection<Document>,
    owner: &ObjectId,
    add: &[ObjectId],
    remove: &[ObjectId],
    session: &mut ClientSession,
) -> Result<(), mongodb::error::Error> {
    for member in add {
        let link = doc! {OWNER: owner.as_str(), MEMBER: member.as_str()};
        let update = doc! {"$setOnInsert": link.clone()};
        collection
            .update_one(link, update)
            .upsert(true)
            .session(&mut *session)
            .await?;
    }
    if !remove.is_empty() {
        let links = doc! {OWNER: owner.as_str(), MEMBER: {"$in": texts(remove)}};
        collection.delete_many(links).session(&mut *session).await?;
    }
    Ok(())
}

pub(super) async fn remove_owner(
    collection: &Collection<Document>,
    owner: &ObjectId,
    session: &mut ClientSession,
) -> Result<(), mongodb::error::Error> {
    collection
        .delete_many(doc! {OWNER: owner.as_str()})
        .session(session)
        .await
        .map(drop)
}

pub(super) async fn members(
    collection: &Collection<Document>,
    owners: &[ObjectId],
) -> Result<Vec<ObjectId>, StorageError> {
    distinct(collection, MEMBER, doc! {OWNER: {"$in": texts(owners)}}).await
}

pub(super) async fn owners(
    collection: &Collection<Document>,
    members: &[ObjectId],
) -> Result<Vec<ObjectId>, StorageError> {
    distinct(collection, OWNER, doc! {MEMBER: {"$in": texts(members)}}).await
}

async fn distinct(
    collection: &Collection<Document>,
    field: &str,
    filter: Document,
) -> Result<Vec<ObjectId>, StorageError> {
    let ids = collection
        .distinct(field, filter)
        .await
        .map_err(unavailable("read a relation"))?;
    Ok(ids
        .iter()
        .filter_map(|id| id.as_str())
        .map(ObjectId::new)
        .collect())
}

fn texts(ids: &[ObjectId]) -> Vec<&str> {
    ids.iter().map(ObjectId::as_str).collect()
}
