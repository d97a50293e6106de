//! Classes: their definitions and their end.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::class_table::DefinitionCache;
use super::error::WriteError;
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::storage::StorageError;

pub(super) fn all(
    sql: &Connection,
    definitions: &DefinitionCache,
) -> rusqlite::Result<Vec<ClassSchema>> {
    let mut statement = sql.prepare_cached("SELECT name FROM class ORDER BY id")?;
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut schemas = Vec::with_capacity(names.len());
    for name in names {
        if let Some(table) = definitions.class(sql, &ClassName::stored(name))? {
            schemas.push(table.schema.clone());
        }
    }
    Ok(schemas)
}

pub(super) fn extend(
    sql: &Connection,
    definitions: &DefinitionCache,
    class: &ClassName,
    fields: &BTreeMap<String, FieldType>,
) -> Result<ClassSchema, WriteError> {
    let table = definitions.ensure(sql, class)?;
    let wanted = fields
        .iter()
        .map(|(name, kind)| (name.as_str(), kind.clone()));
    let new = table
        .schema
        .new_fields(wanted)
        .map_err(StorageError::Refused)?;
    let mut schema = table.schema.clone();
    if !new.is_empty() {
        schema.fields.extend(new);
        DefinitionCache::redefine(sql, table.number, &schema)?;
    }
    Ok(schema)
}

pub(super) fn set_permissions(
    sql: &Connection,
    definitions: &DefinitionCache,
    class: &ClassName,
    permissions: Option<serde_json::Value>,
) -> rusqlite::Result<()> {
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(());
    };
    let schema = ClassSchema {
        permissions,
        ..table.schema.clone()
    };
    DefinitionCache::redefine(sql, table.number, &schema)
}

pub(super) fn remove_fields(
    sql: &Connection,
    definitions: &DefinitionCache,
    class: &ClassName,
    fields: &[String],
) -> rusqlite::Result<()> {
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(());
    };
    let mut schema = table.schema.clone();
    let statement = format!(
        "UPDATE class_{} SET fields = json_remove(fields, ?1)",
        table.number
    );
    for field in fields {
        schema.fields.remove(field);
        sql.prepare_cached(&statement)?
            .execute([format!("$.\"{field}\"")])?;
        sql.prepare_cached("DELETE FROM relation WHERE class_id = ?1 AND field = ?2")?
            .execute((table.number, field))?;
    }
    DefinitionCache::redefine(sql, table.number, &schema)
}

pub(super) fn remove_class(
    sql: &Connection,
    definitions: &DefinitionCache,
    class: &ClassName,
) -> rusqlite::Result<()> {
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(());
    };
    sql.execute("DELETE FROM relation WHERE class_id = ?1", [table.number])?;
    sql.execute("DELETE FROM class WHERE id = ?1", [table.number])?;
    sql.execute_batch(&format!("DROP TABLE class_{}", table.number))
}
