//! Indexes that the schemas API declared. Their names and fields are input: a field is written into a statement only when it
//! is a plain name (letters, digits, `_`), and an index goes by the hexadecimal form of its name.

use std::fmt::Write as _;

use rusqlite::Connection;
use serde_json::{Map, Value as Json};

use crate::domain::names::is_plain_name;
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::change::indexes::direction;
use crate::domain::schema::{ClassSchema, FieldType};

/// Makes and drops what the change says. Kinds that only MongoDB has (`text`, `2dsphere`, ...) are remembered in the
/// schema and nothing else: SQLite answers those queries without them.
pub(super) fn apply(
    sql: &Connection,
    number: i64,
    after: &ClassSchema,
    change: &SchemaChange,
) -> rusqlite::Result<()> {
    for name in &change.drop_indexes {
        sql.execute_batch(&format!(
            "DROP INDEX IF EXISTS {}",
            index_name(number, name)
        ))?;
    }
    for (name, keys) in &change.make_indexes {
        let columns = keys.as_object().and_then(|keys| columns(after, keys));
        if let Some(columns) = columns {
            let name = index_name(number, name);
            sql.execute_batch(&format!(
                "CREATE INDEX IF NOT EXISTS {name} ON class_{number} ({columns})"
            ))?;
        }
    }
    Ok(())
}

/// The JSON path of a field that a declared index is on: statements must spell it as the index does.
pub(super) fn path(schema: &ClassSchema, field: &str) -> Option<String> {
    let is_key = |keys: &Json| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(|(key, _)| key.strip_prefix("_p_").unwrap_or(key))
            .any(|key| key == field)
    };
    let is_indexed = schema.indexes.values().any(is_key);
    is_indexed.then(|| literal_path(schema, field)).flatten()
}

fn literal_path(schema: &ClassSchema, field: &str) -> Option<String> {
    if !is_plain_name(field) {
        return None;
    }
    let member = match schema.field(field)? {
        FieldType::String | FieldType::Number | FieldType::Boolean => "",
        FieldType::Date => ".iso",
        FieldType::Pointer(_) => ".objectId",
        _ => return None,
    };
    Some(format!("$.{field}{member}"))
}

fn columns(schema: &ClassSchema, keys: &Map<String, Json>) -> Option<String> {
    let columns: Option<Vec<String>> = keys
        .iter()
        .map(|(key, kind)| {
            let column = match key.strip_prefix("_p_").unwrap_or(key) {
                "objectId" | "_id" => "object_id".to_owned(),
                "createdAt" => "created_at".to_owned(),
                "updatedAt" => "updated_at".to_owned(),
                field => format!("json_extract(fields, '{}')", literal_path(schema, field)?),
            };
            let descending = if direction(kind)? < 0 { " DESC" } else { "" };
            Some(format!("{column}{descending}"))
        })
        .collect();
    columns.map(|columns| columns.join(", "))
}

fn index_name(number: i64, name: &str) -> String {
    let mut index = format!("class_{number}_declared_");
    for byte in name.bytes() {
        write!(index, "{byte:02x}").expect("a String takes all text");
    }
    index
}
