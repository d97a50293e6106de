//! A class as a table of its own: `class_<number>`. Class and field names are input, so no statement is ever
//! made of one: tables go by their number, fields by bound JSON paths. The exceptions are the paths of
//! indexes, which are written in the source.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Map, Value as Json, json};

use crate::domain::names::ClassName;
use crate::domain::schema::field_options::FieldOptions;
use crate::domain::schema::{ClassSchema, FieldType, class_permissions};
use crate::storage::{lookup_fields, unique_fields};

/// A class that exists.
#[derive(Debug)]
pub(super) struct ClassTable {
    pub(super) number: i64,
    pub(super) schema: ClassSchema,
}

/// Definitions that were read before, by class number and version. Versions are random, so that a definition
/// that was rolled back never lends its version to another one.
#[derive(Debug, Default)]
pub(super) struct DefinitionCache(Mutex<HashMap<i64, (i64, Arc<ClassTable>)>>);

impl DefinitionCache {
    /// The class as this connection sees it now.
    pub(super) fn class(
        &self,
        connection: &Connection,
        class: &ClassName,
    ) -> rusqlite::Result<Option<Arc<ClassTable>>> {
        let row = connection
            .prepare_cached("SELECT id, version FROM class WHERE name = ?1")?
            .query_row([class.as_str()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })
            .optional()?;
        let Some((number, version)) = row else {
            return Ok(None);
        };
        if let Some((cached, table)) = self.0.lock().get(&number)
            && *cached == version
            && table.schema.class == *class
        {
            return Ok(Some(Arc::clone(table)));
        }
        let definition: String = connection
            .prepare_cached("SELECT definition FROM class WHERE id = ?1")?
            .query_row([number], |row| row.get(0))?;
        let table = Arc::new(ClassTable {
            number,
            schema: read_definition(class, &definition)?,
        });
        self.0.lock().insert(number, (version, Arc::clone(&table)));
        Ok(Some(table))
    }

    /// The class, made with its indexes when it is new.
    pub(super) fn ensure(
        &self,
        connection: &Connection,
        class: &ClassName,
    ) -> rusqlite::Result<Arc<ClassTable>> {
        if let Some(table) = self.class(connection, class)? {
            return Ok(table);
        }
        let schema = ClassSchema::new(class.clone());
        connection.execute(
            "INSERT INTO class (name, version, definition) VALUES (?1, ?2, ?3)",
            (
                class.as_str(),
                rand::random::<i64>(),
                write_definition(&schema),
            ),
        )?;
        let number = connection.last_insert_rowid();
        create_table(connection, number, class)?;
        Ok(Arc::new(ClassTable { number, schema }))
    }

    /// Stores a new definition; the version moves with it.
    pub(super) fn redefine(
        connection: &Connection,
        number: i64,
        schema: &ClassSchema,
    ) -> rusqlite::Result<()> {
        connection
            .prepare_cached("UPDATE class SET definition = ?2, version = ?3 WHERE id = ?1")?
            .execute((number, write_definition(schema), rand::random::<i64>()))?;
        Ok(())
    }
}

fn create_table(connection: &Connection, number: i64, class: &ClassName) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "CREATE TABLE class_{number} (
            row INTEGER PRIMARY KEY,
            object_id TEXT NOT NULL UNIQUE,
            -- Milliseconds since 1970.
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            -- JSON arrays of `*`, user ids and `role:NAME`; NULL is everyone.
            readers TEXT,
            writers TEXT,
            -- The fields in Parse's own JSON.
            fields TEXT NOT NULL
        ) STRICT;
        -- Newest first is what apps and the Dashboard ask for most.
        CREATE INDEX class_{number}_created ON class_{number} (created_at);"
    ))?;
    // SQLite tells of the clash with the youngest index first: a taken name before a taken address.
    for field in unique_fields(class).iter().rev() {
        let path = indexed_path(class, field).expect("unique fields are indexed");
        connection.execute_batch(&format!(
            "CREATE UNIQUE INDEX class_{number}_{field} ON class_{number} (json_extract(fields, '{path}'));"
        ))?;
    }
    for field in lookup_fields(class) {
        let path = indexed_path(class, field).expect("lookup fields are indexed");
        connection.execute_batch(&format!(
            "CREATE INDEX class_{number}_{field} ON class_{number} (json_extract(fields, '{path}'));"
        ))?;
    }
    if *class == ClassName::USER {
        create_folded_indexes(connection, number)?;
    }
    Ok(())
}

/// Names and addresses of users are looked for without their case, too.
fn create_folded_indexes(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    for field in ["username", "email"] {
        connection.execute_batch(&format!(
            "CREATE INDEX class_{number}_{field}_folded ON class_{number} (lower(json_extract(fields, '$.{field}')));"
        ))?;
    }
    Ok(())
}

/// The JSON path of an indexed field, from this table and nowhere else: SQLite uses an index on an expression only for
/// the very same text.
pub(super) fn indexed_path(class: &ClassName, field: &str) -> Option<&'static str> {
    let known = unique_fields(class).contains(&field) || lookup_fields(class).contains(&field);
    known.then_some(match field {
        "username" => "$.username",
        "email" => "$.email",
        "name" => "$.name",
        "_session_token" => "$._session_token",
        "user" => "$.user.objectId",
        "hunter" => "$.hunter.objectId",
        "cat" => "$.cat.objectId",
        _ => return None,
    })
}

fn write_definition(schema: &ClassSchema) -> String {
    let fields: Map<String, Json> = schema
        .fields
        .iter()
        .map(|(name, kind)| (name.clone(), kind.to_json()))
        .collect();
    let options: Map<String, Json> = schema
        .options
        .iter()
        .map(|(name, options)| (name.clone(), options.entries().clone().into()))
        .collect();
    let definition = json!({
        "fields": fields,
        "options": options,
        "permissions": schema.permissions,
        "indexes": schema.indexes,
    });
    definition.to_string()
}

fn read_definition(class: &ClassName, definition: &str) -> rusqlite::Result<ClassSchema> {
    let invalid = |cause: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, cause)
    };
    let definition: Json =
        serde_json::from_str(definition).map_err(|error| invalid(error.into()))?;
    let entries = |name: &str| definition[name].as_object().into_iter().flatten();
    let mut schema = ClassSchema::new(class.clone());
    for (name, kind) in entries("fields") {
        let kind = FieldType::from_json(kind).map_err(|error| invalid(error.into()))?;
        schema.fields.insert(name.clone(), kind);
    }
    for (name, options) in entries("options") {
        let options = options.as_object().map(FieldOptions::of_definition);
        schema
            .options
            .insert(name.clone(), options.unwrap_or_default());
    }
    schema.permissions = match &definition["permissions"] {
        Json::Null => None,
        given => Some(class_permissions::complete(given)),
    };
    if let Json::Object(indexes) = &definition["indexes"] {
        schema.indexes = indexes.clone();
    }
    Ok(schema)
}
