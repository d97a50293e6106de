//! The indexes that a class has without being asked for them: unique fields, fields that the service looks objects up by, and
//! every pointer. (Those that the schemas API declares are `declared_index`.)

use rusqlite::Connection;

use super::expression::{kind, scalar};
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::storage::{lookup_fields, unique_fields};

/// What comes between a class's table and its field in the name of a unique index.
pub(super) const UNIQUE: &str = "_unique_";
/// Pointers of a class that are indexed; each index costs every write a little.
const MAX_POINTERS: usize = 32;

/// The indexes of a new class, whose schema may have fields already.
pub(super) fn create_for_class(
    sql: &Connection,
    number: i64,
    schema: &ClassSchema,
) -> rusqlite::Result<()> {
    // SQLite tells of the clash with the youngest index first: a taken name before a taken address.
    for field in unique_fields(&schema.class).iter().rev() {
        let expression = kind(schema, field).and_then(|kind| scalar(field, &kind));
        if let Some(expression) = expression {
            sql.execute_batch(&format!(
                "CREATE UNIQUE INDEX class_{number}{UNIQUE}{field} ON class_{number} ({expression})"
            ))?;
        }
    }
    for field in lookup_fields(&schema.class) {
        if let Some(kind) = kind(schema, field) {
            create(sql, number, field, &kind)?;
        }
    }
    if schema.class == ClassName::USER {
        create_folded(sql, number)?;
    }
    Ok(())
}

/// The indexes of fields that the class just got.
pub(super) fn create_for_fields<'a>(
    sql: &Connection,
    number: i64,
    schema: &ClassSchema,
    new: impl IntoIterator<Item = (&'a String, &'a FieldType)>,
) -> rusqlite::Result<()> {
    let is_pointer = |kind: &FieldType| matches!(kind, FieldType::Pointer(_));
    let pointers = schema
        .fields
        .values()
        .filter(|kind| is_pointer(kind))
        .count();
    for (field, kind) in new {
        let is_wanted = is_pointer(kind) && pointers <= MAX_POINTERS;
        if is_wanted || lookup_fields(&schema.class).contains(&field.as_str()) {
            create(sql, number, field, kind)?;
        }
    }
    Ok(())
}

/// Objects without the field are not in the index: it costs their writes next to nothing.
fn create(sql: &Connection, number: i64, field: &str, kind: &FieldType) -> rusqlite::Result<()> {
    let Some(expression) = scalar(field, kind) else {
        return Ok(());
    };
    sql.execute_batch(&format!(
        "CREATE INDEX IF NOT EXISTS class_{number}_by_{field} ON class_{number} ({expression}) WHERE {expression} IS NOT NULL"
    ))
}

/// Forgets the index of a field that goes; `field` has to be one of the schema.
pub(super) fn drop_of_field(
    sql: &Connection,
    number: i64,
    field: &str,
    kind: &FieldType,
) -> rusqlite::Result<()> {
    if scalar(field, kind).is_none() {
        return Ok(());
    }
    sql.execute_batch(&format!("DROP INDEX IF EXISTS class_{number}_by_{field}"))
}

/// Names and addresses of users are looked for without their case, too.
fn create_folded(sql: &Connection, number: i64) -> rusqlite::Result<()> {
    for field in ["username", "email"] {
        if let Some(expression) = scalar(field, &FieldType::String) {
            sql.execute_batch(&format!(
                "CREATE INDEX class_{number}_folded_{field} ON class_{number} (lower({expression}))"
            ))?;
        }
    }
    Ok(())
}
