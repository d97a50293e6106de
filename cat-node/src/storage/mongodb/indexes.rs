//! The indexes that the service relies on, under parse-server's names where it has them too.

use bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use super::columns::path_column;
use super::error::unavailable;
use super::relations;
use super::schemas::Extension;
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::storage::{StorageError, lookup_fields, unique_fields};

/// Classes whose rules hold from the first object on.
const SYSTEM_CLASSES: [ClassName; 3] = [ClassName::USER, ClassName::ROLE, ClassName::SESSION];
/// An index of the same name or keys is there already, made by parse-server with its own options.
const ANOTHER_INDEX_EXISTS: [i32; 2] = [85, 86];

pub(super) async fn ensure_system_indexes(database: &Database) -> Result<(), StorageError> {
    for class in SYSTEM_CLASSES {
        let schema = ClassSchema::new(class.clone());
        for &field in unique_fields(&class) {
            ensure_unique(database, &class, field).await?;
        }
        ensure_lookups(database, &schema, |_| true).await?;
        for (field, kind) in defaults::columns(&class) {
            if matches!(kind, FieldType::Relation(_)) {
                relations::ensure_indexes(database, &class, field).await?;
            }
        }
    }
    Ok(())
}

/// What the new fields of a class need.
pub(super) async fn ensure_indexes(
    database: &Database,
    extension: &Extension,
) -> Result<(), StorageError> {
    let schema = &extension.schema;
    for (field, kind) in &extension.new {
        if matches!(kind, FieldType::Relation(_)) {
            relations::ensure_indexes(database, &schema.class, field).await?;
        }
    }
    ensure_lookups(database, schema, |field| extension.new.contains_key(field)).await
}

/// parse-server's own index, options and all: it does not start on another one of that name. Absent values never clash,
/// and `null` is not stored in such a field.
async fn ensure_unique(
    database: &Database,
    class: &ClassName,
    field: &str,
) -> Result<(), StorageError> {
    let options = IndexOptions::builder()
        .name(format!("{field}_1"))
        .unique(true)
        .sparse(true)
        .build();
    let index = IndexModel::builder().keys(doc! {field: 1}).options(options);
    ensure(database, class, index.build()).await
}

async fn ensure_lookups(
    database: &Database,
    schema: &ClassSchema,
    wanted: impl Fn(&str) -> bool,
) -> Result<(), StorageError> {
    for &field in lookup_fields(&schema.class) {
        if wanted(field) {
            let column = path_column(schema, &FieldPath::internal(field)).into_owned();
            ensure(
                database,
                &schema.class,
                IndexModel::builder().keys(doc! {column: 1}).build(),
            )
            .await?;
        }
    }
    Ok(())
}

async fn ensure(
    database: &Database,
    class: &ClassName,
    index: IndexModel,
) -> Result<(), StorageError> {
    match database
        .collection::<Document>(class.as_str())
        .create_index(index)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if is_another_index(&error) => Ok(()),
        Err(error) => Err(unavailable("make an index")(error)),
    }
}

fn is_another_index(error: &mongodb::error::Error) -> bool {
    match error.kind.as_ref() {
        mongodb::error::ErrorKind::Command(command) => ANOTHER_INDEX_EXISTS.contains(&command.code),
        _ => false,
    }
}
