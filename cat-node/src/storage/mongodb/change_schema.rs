//! A change to a class: the data first, then the indexes, then the class's document, in parse-server's order. Each step may
//! be repeated, so that a change that broke off is finished by asking for it again.

use bson::{Document, doc};

use super::error::{is_namespace_missing, unavailable};
use super::schemas::MAX_ATTEMPTS;
use super::{MongoStorage, indexes, relations};
use crate::domain::names::ClassName;
use crate::domain::schema::change::{Before, SchemaChange};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::storage::StorageError;

pub(super) async fn change(
    store: &MongoStorage,
    class: &ClassName,
    change: &SchemaChange,
) -> Result<ClassSchema, StorageError> {
    for _ in 0..MAX_ATTEMPTS {
        let existing = store.schemas.find(class).await?;
        if existing.is_some() && change.before == Before::Absent {
            let (class, field) = (class.clone(), "className".to_owned());
            return Err(StorageError::Duplicate { class, field });
        }
        let mut fresh = ClassSchema::new(class.clone());
        fresh.indexes.clear();
        let after = change.applied_to(existing.as_ref().unwrap_or(&fresh))?;
        remove_fields(store, existing.as_ref(), &change.remove_fields).await?;
        for name in &change.drop_indexes {
            drop_index(store, class, name).await?;
        }
        indexes::make(&store.collections, class, &change.make_indexes).await?;
        let added = change.set_fields.iter();
        let added = added.map(|(name, definition)| (name.as_str(), &definition.kind));
        indexes::ensure_for_fields(&store.collections, &after, added).await?;
        let written = store
            .schemas
            .change(existing.as_ref(), change, &after)
            .await?;
        if written.is_some() {
            return Ok(after);
        }
    }
    Err(StorageError::Unavailable {
        attempted: "change a class",
        source: "other writers kept coming first".into(),
    })
}

async fn remove_fields(
    store: &MongoStorage,
    schema: Option<&ClassSchema>,
    fields: &[String],
) -> Result<(), StorageError> {
    let Some(schema) = schema else {
        return Ok(());
    };
    let mut unset = Document::new();
    for field in fields {
        match schema.field(field) {
            Some(FieldType::Relation(_)) => {
                let links = relations::name(&schema.class, field);
                store.collections.drop(&links).await?;
            }
            Some(FieldType::Pointer(_)) => drop(unset.insert(format!("_p_{field}"), "")),
            _ => drop(unset.insert(field.clone(), "")),
        }
    }
    if unset.is_empty() {
        return Ok(());
    }
    let removed = store
        .collection(&schema.class)
        .update_many(doc! {}, doc! {"$unset": unset})
        .await;
    removed
        .map(drop)
        .map_err(unavailable("remove fields from objects"))
}

async fn drop_index(
    store: &MongoStorage,
    class: &ClassName,
    name: &str,
) -> Result<(), StorageError> {
    match store.collection(class).drop_index(name).await {
        Err(error) if !is_namespace_missing(&error) => Err(unavailable("drop an index")(error)),
        _ => Ok(()),
    }
}
