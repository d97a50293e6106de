//! Indexes of classes: those that the schemas API declares, and those that a new field brings.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::error::ErrorKind;

use super::collections::Collections;
use super::error::{is_namespace_missing, unavailable};
use super::relations;
use super::value::from_wire;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType, Indexes};
use crate::storage::{StorageError, lookup_fields};

/// An index of the same name or keys is there already, made with other options.
const ANOTHER_INDEX_EXISTS: [i32; 2] = [85, 86];
/// What is wrong with an index that cannot be: `BadValue`, `CannotCreateIndex`.
const INDEX_REFUSED: [i32; 2] = [2, 67];

/// An index with its options, as the `createIndexes` command takes it.
pub(super) fn index(name: &str, keys: Document, options: Document) -> Document {
    let mut index = doc! {"key": keys, "name": name};
    index.extend(options);
    index
}

/// Makes an index. The driver's typed options lack `background`, by which some servers tell indexes apart.
pub(super) async fn create(
    collections: &Collections,
    class: &ClassName,
    index: Document,
) -> Result<(), StorageError> {
    let command = doc! {"createIndexes": collections.name(class.as_str()), "indexes": [index]};
    match collections.database().run_command(command).await {
        Ok(_) => Ok(()),
        Err(error) => match error.kind.as_ref() {
            ErrorKind::Command(command) if ANOTHER_INDEX_EXISTS.contains(&command.code) => Ok(()),
            ErrorKind::Command(command) if INDEX_REFUSED.contains(&command.code) => {
                Err(ParseError::new(ErrorCode::INVALID_QUERY, command.message.clone()).into())
            }
            _ => Err(unavailable("make an index")(error)),
        },
    }
}

/// Makes declared indexes; the one on `_id` is there in any case.
pub(super) async fn make(
    collections: &Collections,
    class: &ClassName,
    indexes: &Indexes,
) -> Result<(), StorageError> {
    for (name, keys) in indexes.iter().filter(|(name, _)| *name != "_id_") {
        if let Bson::Document(keys) = from_wire(keys) {
            create(collections, class, index(name, keys, Document::new())).await?;
        }
    }
    Ok(())
}

/// What new fields of a class need: a relation its look-ups, a polygon parse-server's index, a look-up of the service one.
pub(super) async fn ensure_for_fields<'a>(
    collections: &Collections,
    schema: &ClassSchema,
    added: impl Iterator<Item = (&'a str, &'a FieldType)>,
) -> Result<(), StorageError> {
    let class = &schema.class;
    for (field, kind) in added {
        match kind {
            FieldType::Relation(_) => relations::ensure_indexes(collections, class, field).await?,
            FieldType::Polygon => {
                let name = format!("{field}_2dsphere");
                let sphere = index(&name, doc! {field: "2dsphere"}, Document::new());
                create(collections, class, sphere).await?;
            }
            _ if lookup_fields(class).contains(&field) => {
                create(collections, class, lookup(field, kind)).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn lookup(field: &str, kind: &FieldType) -> Document {
    let column = match kind {
        FieldType::Pointer(_) => format!("_p_{field}"),
        _ => field.to_owned(),
    };
    index(&format!("{column}_1"), doc! {column: 1}, Document::new())
}

/// The indexes that a class has, by name, with their keys; text indexes show the fields that they are over.
pub(super) async fn listed(
    collections: &Collections,
    class: &ClassName,
) -> Result<Document, StorageError> {
    let attempted = "list the indexes of a class";
    let command = doc! {"listIndexes": collections.name(class.as_str())};
    let cursor = match collections.database().run_cursor_command(command).await {
        Ok(cursor) => cursor,
        Err(error) if is_namespace_missing(&error) => return Ok(Document::new()),
        Err(error) => return Err(unavailable(attempted)(error)),
    };
    let indexes: Vec<Document> = cursor.try_collect().await.map_err(unavailable(attempted))?;
    let mut listed = Document::new();
    for mut index in indexes {
        let (Some(Bson::String(name)), Some(Bson::Document(mut keys))) =
            (index.remove("name"), index.remove("key"))
        else {
            continue;
        };
        if keys.remove("_fts").is_some() {
            keys.remove("_ftsx");
            let weights = index.get_document("weights").into_iter().flatten();
            keys.extend(weights.map(|(field, _)| (field.clone(), Bson::from("text"))));
        }
        listed.insert(name, keys);
    }
    Ok(listed)
}
