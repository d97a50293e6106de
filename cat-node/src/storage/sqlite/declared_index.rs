//! Indexes that the schemas API declared. Their names are input: an index goes by the hexadecimal form of its name.

use std::fmt::Write as _;

use rusqlite::Connection;
use serde_json::{Map, Value as Json};

use super::expression::scalar;
use crate::domain::schema::ClassSchema;
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::change::indexes::direction;

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

fn columns(schema: &ClassSchema, keys: &Map<String, Json>) -> Option<String> {
    let columns: Option<Vec<String>> = keys
        .iter()
        .map(|(key, kind)| {
            let column = match key.strip_prefix("_p_").unwrap_or(key) {
                "objectId" | "_id" => "object_id".to_owned(),
                "createdAt" => "created_at".to_owned(),
                "updatedAt" => "updated_at".to_owned(),
                field => scalar(field, &schema.field(field)?)?,
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
