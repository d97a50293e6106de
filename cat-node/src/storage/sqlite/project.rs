//! The bulk write of projections: many merged objects, one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::class_table::ClassTable;
use super::definitions::Definitions;
use super::error::WriteError;
use super::{commit, find, index};
use crate::domain::names::ClassName;
use crate::domain::schema::FieldType;
use crate::domain::value::Fields;
use crate::projections::write::{ProjectionWrite, merge};
use crate::storage::{ProjectionCounts, StorageError};

pub(super) fn project(
    sql: &Connection,
    definitions: &Definitions<'_>,
    writes: Vec<ProjectionWrite>,
    now: DateTime<Utc>,
) -> Result<ProjectionCounts, WriteError> {
    let mut tables: HashMap<ClassName, Arc<ClassTable>> = HashMap::new();
    let mut counts = ProjectionCounts::default();
    for write in writes {
        let table = match tables.get(&write.class) {
            Some(table) => Arc::clone(table),
            None => definitions.ensure(sql, &write.class)?,
        };
        let existing = find::by_id(sql, &table, &write.id)?;
        let (is_new, class) = (existing.is_none(), write.class.clone());
        let Some(merged) = merge(existing, write, now) else {
            counts.unchanged += 1;
            continue;
        };
        let table = with_fields(sql, definitions, table, &merged.fields)?;
        tables.insert(class, Arc::clone(&table));
        if is_new {
            commit::insert(sql, table.number, &merged)?;
            counts.created += 1;
        } else {
            commit::replace(sql, table.number, &merged)?;
            counts.changed += 1;
        }
    }
    Ok(counts)
}

/// The class with these fields in its schema; stores the schema only when one of them is new.
fn with_fields(
    sql: &Connection,
    definitions: &Definitions<'_>,
    table: Arc<ClassTable>,
    fields: &Fields,
) -> Result<Arc<ClassTable>, WriteError> {
    let shown = fields.iter().filter(|(name, _)| !name.starts_with('_'));
    let wanted = shown.filter_map(|(name, value)| Some((name.as_str(), FieldType::of(value)?)));
    let new = table
        .schema
        .new_fields(wanted)
        .map_err(StorageError::Refused)?;
    if new.is_empty() {
        return Ok(table);
    }
    let mut schema = table.schema.clone();
    schema.fields.extend(new.clone());
    index::create_for_fields(sql, table.number, &schema, &new)?;
    definitions.redefine(sql, table.number, &schema)?;
    Ok(definitions.class(sql, &schema.class)?.unwrap_or(table))
}
