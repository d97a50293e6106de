//! Reads: MongoDB finds, sorts and cuts what it can do exactly; the rest is tried object by object here.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::Collection;

use super::aggregate;
use super::columns::path_column;
use super::document::from_document;
use super::error::{query_error, unavailable};
use super::filter::{MongoFilter, readable, translate};
use super::options::Reading;
use crate::domain::object::ParseObject;
use crate::domain::query::matches::matches;
use crate::domain::query::order::{compare, nearest_first};
use crate::domain::query::{Direction, OrderBy, Query};
use crate::domain::schema::ClassSchema;
use crate::storage::StorageError;

/// Objects that are kept in memory to be sorted or tried, at most: a wider query is refused, not answered by half.
const MAX_HELD_OBJECTS: usize = 100_000;

pub(super) async fn find(
    collection: &Collection<Document>,
    reading: Reading,
    query: &Query,
    schema: &ClassSchema,
) -> Result<Vec<ParseObject>, StorageError> {
    let filter = translate(&query.filter, schema);
    let near = if query.order.is_empty() {
        nearest_first(&query.filter)
    } else {
        None
    };
    if !filter.is_exact || near.is_some() {
        return find_here(collection, reading, query, filter, schema).await;
    }
    let mut find = collection
        .find(filter.and(readable(&query.access)))
        .sort(sort(&query.order, schema))
        .skip(query.skip);
    if let Some(limit) = query.limit {
        if limit == 0 {
            return Ok(Vec::new());
        }
        find = find.limit(i64::try_from(limit).unwrap_or(i64::MAX));
    }
    if let Some(size) = reading.batch_size {
        find = find.batch_size(size);
    }
    if let Some(time) = reading.max_time {
        find = find.max_time(time);
    }
    if let Some(hint) = aggregate::hint(&query.options) {
        find = find.hint(hint);
    }
    if let Some(comment) = &query.options.comment {
        find = find.comment(Bson::from(comment.as_str()));
    }
    if let Some(criteria) = aggregate::selection(&query.options) {
        find = find.selection_criteria(criteria);
    }
    let cursor = find
        .await
        .map_err(|error| query_error("find objects", error))?;
    let documents: Vec<Document> = cursor
        .try_collect()
        .await
        .map_err(unavailable("find objects"))?;
    Ok(documents
        .into_iter()
        .map(|document| from_document(document, schema))
        .collect())
}

/// Tries each object, then sorts and cuts in memory.
async fn find_here(
    collection: &Collection<Document>,
    reading: Reading,
    query: &Query,
    filter: MongoFilter,
    schema: &ClassSchema,
) -> Result<Vec<ParseObject>, StorageError> {
    let mut found = matching(collection, reading, query, filter, schema).await?;
    if let Some(near) = nearest_first(&query.filter).filter(|_| query.order.is_empty()) {
        found.sort_by(|a, b| near.compare(a, b));
    } else {
        found.sort_by(|a, b| compare(a, b, &query.order));
    }
    let skip = usize::try_from(query.skip).unwrap_or(usize::MAX);
    let limit = query.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    Ok(found.into_iter().skip(skip).take(limit).collect())
}

async fn matching(
    collection: &Collection<Document>,
    reading: Reading,
    query: &Query,
    filter: MongoFilter,
    schema: &ClassSchema,
) -> Result<Vec<ParseObject>, StorageError> {
    let mut find = collection.find(filter.and(readable(&query.access)));
    if let Some(size) = reading.batch_size {
        find = find.batch_size(size);
    }
    if let Some(time) = reading.max_time {
        find = find.max_time(time);
    }
    let cursor = find.await;
    let mut cursor = cursor.map_err(|error| query_error("find objects", error))?;
    let mut found = Vec::new();
    while let Some(document) = cursor
        .try_next()
        .await
        .map_err(unavailable("find objects"))?
    {
        let object = from_document(document, schema);
        if matches(&object, &query.filter) {
            found.push(object);
        }
        if found.len() > MAX_HELD_OBJECTS {
            let source = format!("more than {MAX_HELD_OBJECTS} objects match").into();
            return Err(StorageError::Unavailable {
                attempted: "sort the objects found",
                source,
            });
        }
    }
    Ok(found)
}

pub(super) async fn count(
    collection: &Collection<Document>,
    reading: Reading,
    query: &Query,
    schema: &ClassSchema,
) -> Result<u64, StorageError> {
    let filter = translate(&query.filter, schema);
    if !filter.is_exact {
        let found = matching(collection, reading, query, filter, schema).await?;
        return Ok(found.len() as u64);
    }
    let mut count = collection.count_documents(filter.and(readable(&query.access)));
    if let Some(time) = reading.max_time {
        count = count.max_time(time);
    }
    let counted = count.await;
    counted.map_err(|error| query_error("count objects", error))
}

pub(super) fn sort(order: &[OrderBy], schema: &ClassSchema) -> Document {
    let mut sort = doc! {};
    for key in order {
        let direction = match key.direction {
            Direction::Ascending => 1,
            Direction::Descending => -1,
        };
        // A key that is named again has no say any more.
        sort.entry(path_column(schema, &key.path).into_owned())
            .or_insert(direction.into());
    }
    sort
}
