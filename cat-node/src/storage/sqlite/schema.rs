//! Classes: their definitions and their end.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::class_table::ClassTable;
use super::definitions::Definitions;
use super::error::WriteError;
use super::{declared_index, index};
use crate::domain::names::ClassName;
use crate::domain::schema::change::{Before, SchemaChange};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::storage::StorageError;

pub(super) fn all(
    sql: &Connection,
    definitions: &Definitions<'_>,
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
    definitions: &Definitions<'_>,
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
        schema.fields.extend(new.clone());
        index::create_for_fields(sql, table.number, &schema, &new)?;
        definitions.redefine(sql, table.number, &schema)?;
    }
    Ok(schema)
}

pub(super) fn change(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    change: &SchemaChange,
) -> Result<ClassSchema, WriteError> {
    let is_there = definitions.class(sql, class)?.is_some();
    if is_there && change.before == Before::Absent {
        let field = "className".to_owned();
        let class = class.clone();
        return Err(StorageError::Duplicate { class, field }.into());
    }
    let table = definitions.ensure(sql, class)?;
    let after = change
        .applied_to(&table.schema)
        .map_err(StorageError::Refused)?;
    remove_fields(sql, &table, &change.remove_fields)?;
    let is_new = |(field, _): &(&String, _)| !table.schema.fields.contains_key(*field);
    index::create_for_fields(
        sql,
        table.number,
        &after,
        after.fields.iter().filter(is_new),
    )?;
    declared_index::apply(sql, table.number, &after, change)?;
    definitions.redefine(sql, table.number, &after)?;
    Ok(after)
}

fn remove_fields(sql: &Connection, table: &ClassTable, fields: &[String]) -> rusqlite::Result<()> {
    let number = table.number;
    let statement = format!(
        "UPDATE class_{number} SET fields = json_remove(fields, ?1) WHERE json_type(fields, ?1) IS NOT NULL"
    );
    for field in fields {
        if let Some(kind) = table.schema.fields.get(field) {
            index::drop_of_field(sql, number, field, kind)?;
        }
        sql.prepare_cached(&statement)?
            .execute([format!("$.\"{field}\"")])?;
        sql.prepare_cached("DELETE FROM relation WHERE class_id = ?1 AND field = ?2")?
            .execute((number, field))?;
    }
    Ok(())
}

pub(super) fn remove_class(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
) -> rusqlite::Result<()> {
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(());
    };
    definitions.note_change();
    sql.execute("DELETE FROM relation WHERE class_id = ?1", [table.number])?;
    sql.execute("DELETE FROM class WHERE id = ?1", [table.number])?;
    sql.execute_batch(&format!("DROP TABLE class_{}", table.number))
}
