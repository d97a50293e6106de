//! Pipelines: SQL finds the documents that a pipeline starts from, the domain's interpreter does the rest.

use std::cell::RefCell;
use std::ops::ControlFlow;

use rusqlite::Connection;
use serde_json::{Value as Json, json};

use super::definitions::Definitions;
use super::find;
use crate::domain::aggregate::distinct::Distinct;
use crate::domain::aggregate::document::{Collections, document};
use crate::domain::aggregate::flow::{Flow, PORTION};
use crate::domain::aggregate::meter::{MAX_DOCUMENTS, Meter};
use crate::domain::aggregate::stage::Outside;
use crate::domain::aggregate::{Document, RawStage, push_down, run};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;
use crate::domain::query::Query;
use crate::domain::query::read_options::{ReadOptions, unknown_hint};
use crate::domain::schema::ClassSchema;
use crate::domain::value::ParseValue;

/// What SQLite says, and what the pipeline says.
type Answer<T> = rusqlite::Result<Result<T, ParseError>>;

pub(super) fn aggregate(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    pipeline: &[RawStage],
    options: &ReadOptions,
) -> Answer<Vec<Document>> {
    let stages = match run::read(pipeline) {
        Ok(stages) => stages,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(Ok(Vec::new()));
    };
    if options
        .hint
        .as_ref()
        .is_some_and(|hint| !has_index(&table.schema, hint))
    {
        return Ok(Err(unknown_hint()));
    }
    let query = push_down::query(class, &table.schema, pipeline, &stages);
    let classes = Classes {
        sql,
        definitions,
        failure: RefCell::new(None),
    };
    let outside = Outside {
        collections: &classes,
        meter: &Meter::default(),
        random_below: &|below| rand::random_range(0..below.max(1)),
    };
    let mut flow = Flow::new(&stages, &outside);
    let fed = feed(sql, definitions, &query, &mut |documents| {
        flow.push(documents)?;
        Ok(flow.is_full())
    })?;
    let found = fed.and_then(|()| flow.finish());
    match classes.failure.into_inner() {
        Some(failure) => Err(failure),
        None => Ok(found),
    }
}

/// Hands the documents of a query on in portions, until `take` says that it has enough.
fn feed(
    sql: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
    take: &mut dyn FnMut(Vec<Document>) -> Result<bool, ParseError>,
) -> Answer<()> {
    let mut outcome = Ok(());
    find::in_portions(sql, definitions, query, PORTION, &mut |objects| match take(
        objects.iter().map(document).collect(),
    ) {
        Ok(false) => ControlFlow::Continue(()),
        Ok(true) => ControlFlow::Break(()),
        Err(refusal) => {
            outcome = Err(refusal);
            ControlFlow::Break(())
        }
    })?;
    Ok(outcome)
}

fn documents(
    sql: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
) -> rusqlite::Result<Vec<Document>> {
    let objects = find::find(sql, definitions, query)?;
    Ok(objects.iter().map(document).collect())
}

/// The other classes, for `$lookup`.
struct Classes<'a> {
    sql: &'a Connection,
    definitions: &'a Definitions<'a>,
    failure: RefCell<Option<rusqlite::Error>>,
}

impl Collections for Classes<'_> {
    fn documents(&self, class: &str) -> Result<Vec<Document>, ParseError> {
        let Ok(class) = ClassName::parse(class) else {
            return Ok(Vec::new());
        };
        let query = Query::all(class).limit(MAX_DOCUMENTS as u64 + 1);
        documents(self.sql, self.definitions, &query).map_err(|error| {
            self.failure.replace(Some(error));
            ParseError::new(
                ErrorCode::INTERNAL_SERVER_ERROR,
                "The class cannot be read.",
            )
        })
    }
}

pub(super) fn distinct(
    sql: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
    column: &str,
) -> Answer<Vec<ParseValue>> {
    let mut distinct = match Distinct::of(column) {
        Ok(distinct) => distinct,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let fed = feed(sql, definitions, query, &mut |documents| {
        let mut taken = documents.iter().map(|document| distinct.take(document));
        taken.try_for_each(|taken| taken).map(|()| false)
    })?;
    Ok(fed.map(|()| distinct.values))
}

pub(super) fn explain(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    pipeline: &[RawStage],
) -> Answer<Json> {
    let stages = match run::read(pipeline) {
        Ok(stages) => stages,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(Ok(json!({"stages": []})));
    };
    let query = push_down::query(class, &table.schema, pipeline, &stages);
    let mut explained = vec![json!({"$cursor": find::explain(sql, definitions, &query)?})];
    explained.extend(pipeline.iter().map(|stage| json!({&stage.name: {}})));
    Ok(Ok(json!({"stages": explained})))
}

/// Whether a hint, by name or by keys, is an index that the class has.
pub(super) fn has_index(schema: &ClassSchema, hint: &Json) -> bool {
    match hint {
        Json::String(name) => name == "_id_" || schema.indexes.contains_key(name),
        keys => *keys == json!({"_id": 1}) || schema.indexes.values().any(|index| index == keys),
    }
}
