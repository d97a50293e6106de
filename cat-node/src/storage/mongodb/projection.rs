//! Projection writes as pipeline updates: `projections::write::merge` in MongoDB's language.
//!
//! Each update is atomic by itself and says nothing twice, so a batch that fails half-way is simply repeated; no
//! transaction is held over it, and replicas may write the same object at once.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};
use chrono::{DateTime, Utc};

use super::collections::Collections;
use super::columns::{CREATED_AT, FACETS, READERS, UPDATED_AT, WRITERS, column};
use super::document::{readers, writers};
use super::error::unavailable;
use super::value::to_field;
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::projections::write::{Facet, ProjectionWrite};
use crate::storage::{ProjectionCounts, StorageError};

/// Updates in one command; the server takes at most 100,000.
const MAX_UPDATES: usize = 1_000;

/// The fields that a batch gives to each class.
pub(super) fn fields_by_class(
    writes: &[ProjectionWrite],
) -> BTreeMap<ClassName, BTreeMap<String, FieldType>> {
    let mut classes: BTreeMap<ClassName, BTreeMap<String, FieldType>> = BTreeMap::new();
    for write in writes {
        let fields = match classes.get_mut(&write.class) {
            Some(fields) => fields,
            None => classes.entry(write.class.clone()).or_default(),
        };
        for (name, value) in write.facets.iter().flat_map(|facet| &facet.fields) {
            if !fields.contains_key(name)
                && let Some(kind) = FieldType::of(value)
            {
                fields.insert(name.clone(), kind);
            }
        }
    }
    classes
}

/// Writes what a batch says about one class, in order.
pub(super) async fn project(
    collections: &Collections,
    writes: &[&ProjectionWrite],
    schema: &ClassSchema,
    now: DateTime<Utc>,
) -> Result<ProjectionCounts, StorageError> {
    let mut counts = ProjectionCounts::default();
    for writes in writes.chunks(MAX_UPDATES) {
        let updates: Vec<Document> = writes
            .iter()
            .map(|write| update(write, schema, now))
            .collect();
        let command = doc! {
            "update": collections.name(schema.class.as_str()),
            "updates": updates,
            "ordered": true,
            // A command of one's own does not inherit the client's.
            "writeConcern": {"w": "majority"},
        };
        let reply = collections
            .database()
            .run_command(command)
            .await
            .map_err(unavailable("project events"))?;
        counts = sum(counts, outcome(&reply, writes.len())?);
    }
    Ok(counts)
}

pub(super) fn sum(a: ProjectionCounts, b: ProjectionCounts) -> ProjectionCounts {
    ProjectionCounts {
        created: a.created + b.created,
        changed: a.changed + b.changed,
        unchanged: a.unchanged + b.unchanged,
    }
}

fn outcome(reply: &Document, asked: usize) -> Result<ProjectionCounts, StorageError> {
    if let Ok(errors) = reply.get_array("writeErrors") {
        let source = format!(
            "{} updates failed, first: {:?}",
            errors.len(),
            errors.first()
        )
        .into();
        return Err(StorageError::Unavailable {
            attempted: "project events",
            source,
        });
    }
    let number = |name| match reply.get(name) {
        Some(Bson::Int32(number)) => u64::try_from(*number).unwrap_or_default(),
        Some(Bson::Int64(number)) => u64::try_from(*number).unwrap_or_default(),
        _ => 0,
    };
    let created = reply.get_array("upserted").map_or(0, Vec::len) as u64;
    let changed = number("nModified");
    Ok(ProjectionCounts {
        created,
        changed,
        unchanged: asked as u64 - created - changed,
    })
}

fn update(write: &ProjectionWrite, schema: &ClassSchema, now: DateTime<Utc>) -> Document {
    let now = bson::DateTime::from_chrono(now);
    let mut set = doc! {
        READERS: {"$ifNull": [format!("${READERS}"), []]},
        WRITERS: {"$ifNull": [format!("${WRITERS}"), []]},
        CREATED_AT: {"$ifNull": [format!("${CREATED_AT}"), now]},
    };
    let mut any_news = Vec::with_capacity(write.facets.len());
    for facet in &write.facets {
        let news = is_news(facet);
        if let Some(acl) = &facet.acl {
            set.insert(
                READERS,
                when(&news, doc! {"$literal": readers(acl)}, list(READERS)),
            );
            set.insert(
                WRITERS,
                when(&news, doc! {"$literal": writers(acl)}, list(WRITERS)),
            );
        }
        for (name, value) in &facet.fields {
            let column = column(schema, name, value);
            let kept = format!("${column}");
            set.insert(
                column,
                when(&news, doc! {"$literal": to_field(value)}, kept.into()),
            );
        }
        let path = facet_path(facet);
        let kept = format!("${path}");
        set.insert(path, when(&news, sequence(facet), kept.into()));
        any_news.push(news);
    }
    set.insert(
        UPDATED_AT,
        when(
            &doc! {"$or": any_news},
            now,
            format!("${UPDATED_AT}").into(),
        ),
    );
    doc! {"q": {"_id": write.id.as_str()}, "u": [{"$set": set}], "upsert": true}
}

/// Whether the object knows nothing as new as the facet.
fn is_news(facet: &Facet) -> Document {
    let known = doc! {"$ifNull": [format!("${}", facet_path(facet)), -1]};
    doc! {"$lt": [known, sequence(facet)]}
}

fn when(news: &Document, new: impl Into<Bson>, kept: Bson) -> Document {
    doc! {"$cond": [news.clone(), new.into(), kept]}
}

fn list(column: &str) -> Bson {
    doc! {"$ifNull": [format!("${column}"), []]}.into()
}

fn facet_path(facet: &Facet) -> String {
    format!("{FACETS}.{}", facet.name)
}

/// At most 2^53, as `ProjectionWrite` promises.
fn sequence(facet: &Facet) -> Bson {
    Bson::Int64(i64::try_from(facet.sequence).unwrap_or(i64::MAX))
}
