//! Pipelines, which MongoDB runs itself, and its explanations.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{Hint, ReadPreference as Preference, SelectionCriteria};

use super::error::unavailable;
use super::filter::{readable, translate};
use super::plain::{from_bson, from_document, to_bson};
use super::value::from_wire;
use super::{MongoStorage, find};
use crate::domain::aggregate::distinct::distinct as distinct_values;
use crate::domain::aggregate::document::document;
use crate::domain::aggregate::literal::to_plain_json;
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::{self, RawStage};
use crate::domain::names::ClassName;
use crate::domain::query::Query;
use crate::domain::query::read_options::{Explain, ReadOptions, ReadPreference};
use crate::domain::value::ParseValue;
use crate::storage::StorageError;

/// What the server says of a pipeline goes to the client, as with parse-server.
fn pipeline_error(attempted: &'static str, error: Error) -> StorageError {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => aggregate::refused(command.message.clone()).into(),
        _ => unavailable(attempted)(error),
    }
}

fn stages(pipeline: &[RawStage]) -> Vec<Document> {
    let stages = pipeline.iter();
    stages
        .map(|stage| doc! {&stage.name: to_bson(&stage.argument)})
        .collect()
}

pub(super) async fn aggregate(
    store: &MongoStorage,
    class: &ClassName,
    pipeline: &[RawStage],
    options: &ReadOptions,
) -> Result<Vec<aggregate::Document>, StorageError> {
    let attempted = "aggregate objects";
    let collection = store.collection(class);
    let mut action = collection.aggregate(stages(pipeline));
    if let Some(size) = store.reading.batch_size {
        action = action.batch_size(size);
    }
    if let Some(time) = store.reading.max_time {
        action = action.max_time(time);
    }
    if let Some(hint) = hint(options) {
        action = action.hint(hint);
    }
    if let Some(comment) = &options.comment {
        action = action.comment(Bson::from(comment.as_str()));
    }
    if let Some(criteria) = selection(options) {
        action = action.selection_criteria(criteria);
    }
    let failed = |error| pipeline_error(attempted, error);
    let mut cursor = action.await.map_err(failed)?;
    let meter = Meter::default();
    let mut found = Vec::new();
    while let Some(next) = cursor.try_next().await.map_err(failed)? {
        found.push(from_document(next));
        meter.check_count(found.len())?;
    }
    Ok(found)
}

pub(super) async fn distinct(
    store: &MongoStorage,
    query: &Query,
    column: &str,
) -> Result<Vec<ParseValue>, StorageError> {
    let schema = store.schemas.recent(&query.class).await?;
    let filter = translate(&query.filter, &schema);
    let collection = store.collection(&query.class);
    if !filter.is_exact {
        let objects = find::find(&collection, store.reading, query, &schema).await?;
        let documents: Vec<_> = objects.iter().map(document).collect();
        return Ok(distinct_values(&documents, column)?);
    }
    let mut action = collection.distinct(column, filter.and(readable(&query.access)));
    if let Some(time) = store.reading.max_time {
        action = action.max_time(time);
    }
    let found = action.await;
    let found = found.map_err(|error| pipeline_error("find distinct values", error))?;
    let values = found.into_iter().map(from_bson);
    Ok(values.filter(|value| *value != ParseValue::Null).collect())
}

pub(super) async fn explain(
    store: &MongoStorage,
    query: &Query,
    explain: Explain,
) -> Result<serde_json::Value, StorageError> {
    let schema = store.schemas.recent(&query.class).await?;
    let filter = translate(&query.filter, &schema).and(readable(&query.access));
    let sort = find::sort(&query.order, &schema);
    let mut command =
        doc! {"find": store.collections.name(query.class.as_str()), "filter": filter, "sort": sort};
    command.insert("skip", i64::try_from(query.skip).unwrap_or(i64::MAX));
    if let Some(limit) = query.limit.filter(|limit| *limit > 0) {
        command.insert("limit", i64::try_from(limit).unwrap_or(i64::MAX));
    }
    if let Some(hint) = &query.options.hint {
        command.insert("hint", from_wire(hint));
    }
    run_explain(store, command, explain).await
}

pub(super) async fn explain_aggregate(
    store: &MongoStorage,
    class: &ClassName,
    pipeline: &[RawStage],
    explain: Explain,
) -> Result<serde_json::Value, StorageError> {
    let aggregate = doc! {"aggregate": store.collections.name(class.as_str()), "pipeline": stages(pipeline), "cursor": {}};
    run_explain(store, aggregate, explain).await
}

async fn run_explain(
    store: &MongoStorage,
    command: Document,
    explain: Explain,
) -> Result<serde_json::Value, StorageError> {
    let command = doc! {"explain": command, "verbosity": explain.verbosity()};
    let explained = store.collections.database().run_command(command).await;
    let explained = explained.map_err(|error| pipeline_error("explain", error))?;
    Ok(to_plain_json(&ParseValue::Object(from_document(explained))))
}

/// The hint for the driver.
pub(super) fn hint(options: &ReadOptions) -> Option<Hint> {
    match options.hint.as_ref().map(from_wire)? {
        Bson::String(name) => Some(Hint::Name(name)),
        Bson::Document(keys) => Some(Hint::Keys(keys)),
        _ => None,
    }
}

/// Which members the driver may ask.
pub(super) fn selection(options: &ReadOptions) -> Option<SelectionCriteria> {
    let preference = match options.preference? {
        ReadPreference::Primary => Preference::Primary,
        ReadPreference::PrimaryPreferred => Preference::PrimaryPreferred { options: None },
        ReadPreference::Secondary => Preference::Secondary { options: None },
        ReadPreference::SecondaryPreferred => Preference::SecondaryPreferred { options: None },
        ReadPreference::Nearest => Preference::Nearest { options: None },
    };
    Some(SelectionCriteria::ReadPreference(preference))
}
