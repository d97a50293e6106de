//! A class as a table of its own: `class_<number>`. Class names are input, so no statement is ever made of one: tables go by
//! their number.

use rusqlite::Connection;

use super::index;
use crate::domain::schema::ClassSchema;

/// A class that exists.
#[derive(Debug)]
pub(super) struct ClassTable {
    pub(super) number: i64,
    pub(super) schema: ClassSchema,
}

/// Makes the table and the indexes that it always has.
pub(super) fn create(
    connection: &Connection,
    number: i64,
    schema: &ClassSchema,
) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "CREATE TABLE class_{number} (
            row INTEGER PRIMARY KEY,
            object_id TEXT NOT NULL UNIQUE,
            -- Milliseconds since 1970.
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            -- A JSON array of `*`, user ids and `role:NAME`; NULL is everyone.
            readers TEXT,
            -- The whole access list in Parse's own JSON; NULL is everyone.
            acl TEXT,
            -- The fields in Parse's own JSON, as clients get them; then those that no client gets.
            fields TEXT NOT NULL,
            hidden TEXT
        ) STRICT;
        -- Newest first is what apps and the Dashboard ask for most. Who synchronises by updatedAt declares an index on it: one
        -- more costs every write.
        CREATE INDEX class_{number}_created ON class_{number} (created_at);"
    ))?;
    index::create_for_class(connection, number, schema)
}
