//! The `_SCHEMA` collection: one document for each class, in parse-server's form.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use mongodb::{Collection, Database};
use parking_lot::RwLock;

use super::error::{is_duplicate, unavailable};
use super::value::from_nested;
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::domain::value::json::value_to_json;
use crate::storage::StorageError;

const COLLECTION: &str = "_SCHEMA";
const METADATA: &str = "_metadata";
/// How long a class is believed without asking: another replica may have given it fields meanwhile.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// Classes that are remembered; names come from clients.
const MAX_KNOWN: usize = 1_000;
/// How often an extension is tried again when another writer came first.
const MAX_ATTEMPTS: usize = 5;

/// The classes, with what was last read of each.
#[derive(Debug)]
pub(super) struct Schemas {
    collection: Collection<Document>,
    known: RwLock<HashMap<ClassName, (Instant, Arc<ClassSchema>)>>,
}

impl Schemas {
    pub(super) fn new(database: &Database) -> Self {
        Self {
            collection: database.collection(COLLECTION),
            known: RwLock::default(),
        }
    }

    pub(super) async fn all(&self) -> Result<Vec<ClassSchema>, StorageError> {
        use futures_util::TryStreamExt as _;
        let attempted = "list the classes";
        let cursor = self.collection.find(doc! {}).sort(doc! {"_id": 1}).await;
        let documents: Vec<Document> = cursor
            .map_err(unavailable(attempted))?
            .try_collect()
            .await
            .map_err(unavailable(attempted))?;
        Ok(documents.iter().filter_map(from_document).collect())
    }

    pub(super) async fn find(
        &self,
        class: &ClassName,
    ) -> Result<Option<ClassSchema>, StorageError> {
        let schema = self.read(class).await?;
        Ok(schema.map(Arc::unwrap_or_clone))
    }

    /// Asks the database, and remembers.
    async fn read(&self, class: &ClassName) -> Result<Option<Arc<ClassSchema>>, StorageError> {
        let document = self
            .collection
            .find_one(doc! {"_id": class.as_str()})
            .await
            .map_err(unavailable("read a class"))?;
        match document.as_ref().and_then(from_document) {
            Some(schema) => Ok(Some(self.remember(schema))),
            None => {
                self.forget(class);
                Ok(None)
            }
        }
    }

    /// The class as it was not long ago; one that does not exist has the default columns.
    pub(super) async fn recent(&self, class: &ClassName) -> Result<Arc<ClassSchema>, StorageError> {
        if let Some((read_at, schema)) = self.known.read().get(class)
            && read_at.elapsed() < FRESH_FOR
        {
            return Ok(Arc::clone(schema));
        }
        let schema = self.read(class).await?;
        Ok(schema.unwrap_or_else(|| Arc::new(ClassSchema::new(class.clone()))))
    }

    /// Adds what the class lacks; a field that exists with another type is refused.
    pub(super) async fn extend(
        &self,
        class: &ClassName,
        fields: &BTreeMap<String, FieldType>,
    ) -> Result<Extension, StorageError> {
        for _ in 0..MAX_ATTEMPTS {
            let existing = self.find(class).await?;
            let is_new = existing.is_none();
            let before = existing.unwrap_or_else(|| ClassSchema::new(class.clone()));
            let wanted = fields
                .iter()
                .map(|(name, kind)| (name.as_str(), kind.clone()));
            let new = before.new_fields(wanted)?;
            if new.is_empty() && !is_new {
                return Ok(Extension {
                    schema: before,
                    new,
                });
            }
            if let Some(schema) = self.add(class, &new).await? {
                self.remember(schema.clone());
                return Ok(Extension { schema, new });
            }
        }
        let source = "other writers kept coming first".into();
        Err(StorageError::Unavailable {
            attempted: "extend a class",
            source,
        })
    }

    /// `None` when another writer added one of the fields in the meantime.
    async fn add(
        &self,
        class: &ClassName,
        new: &BTreeMap<String, FieldType>,
    ) -> Result<Option<ClassSchema>, StorageError> {
        let mut filter = doc! {"_id": class.as_str()};
        let mut set = Document::new();
        for (name, kind) in new {
            filter.insert(name, doc! {"$exists": false});
            set.insert(name, type_name(kind));
        }
        let every_class = doc! {"objectId": "string", "createdAt": "string", "updatedAt": "string"};
        let mut update = doc! {"$setOnInsert": every_class};
        if !set.is_empty() {
            update.insert("$set", set);
        }
        let written = self
            .collection
            .find_one_and_update(filter, update)
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await;
        match written {
            Ok(document) => Ok(document.as_ref().and_then(from_document)),
            Err(error) if is_duplicate(&error) => Ok(None),
            Err(error) => Err(unavailable("extend a class")(error)),
        }
    }

    pub(super) async fn set_permissions(
        &self,
        class: &ClassName,
        permissions: Option<&serde_json::Value>,
    ) -> Result<(), StorageError> {
        let path = format!("{METADATA}.class_permissions");
        let stored = permissions.and_then(|json| bson::serialize_to_bson(json).ok());
        let update = match stored {
            Some(stored) => doc! {"$set": {path: stored}},
            None => doc! {"$unset": {path: ""}},
        };
        let written = self
            .collection
            .update_one(doc! {"_id": class.as_str()}, update)
            .await;
        written.map_err(unavailable("set the permissions of a class"))?;
        self.forget(class);
        Ok(())
    }

    pub(super) async fn remove_fields(
        &self,
        class: &ClassName,
        fields: &[String],
    ) -> Result<(), StorageError> {
        let unset: Document = fields
            .iter()
            .map(|field| (field.clone(), Bson::from("")))
            .collect();
        let written = self
            .collection
            .update_one(doc! {"_id": class.as_str()}, doc! {"$unset": unset})
            .await;
        written.map_err(unavailable("remove fields of a class"))?;
        self.forget(class);
        Ok(())
    }

    pub(super) async fn remove(&self, class: &ClassName) -> Result<(), StorageError> {
        let removed = self
            .collection
            .delete_one(doc! {"_id": class.as_str()})
            .await;
        removed.map_err(unavailable("remove a class"))?;
        self.forget(class);
        Ok(())
    }

    fn remember(&self, schema: ClassSchema) -> Arc<ClassSchema> {
        let schema = Arc::new(schema);
        let entry = (Instant::now(), Arc::clone(&schema));
        let mut known = self.known.write();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(schema.class.clone(), entry);
        schema
    }

    fn forget(&self, class: &ClassName) {
        self.known.write().remove(class);
    }
}

/// A class after an extension, and what was new.
pub(super) struct Extension {
    pub(super) schema: ClassSchema,
    pub(super) new: BTreeMap<String, FieldType>,
}

fn from_document(document: &Document) -> Option<ClassSchema> {
    let class = ClassName::parse(document.get_str("_id").ok()?).ok()?;
    let mut schema = ClassSchema::new(class);
    for (name, kind) in document {
        let listed = !name.starts_with('_') && defaults::column(&schema.class, name).is_none();
        if let Some(kind) = kind.as_str().filter(|_| listed).and_then(parse_type) {
            schema.fields.insert(name.clone(), kind);
        }
    }
    let permissions = document
        .get_document(METADATA)
        .ok()
        .and_then(|metadata| metadata.get("class_permissions"));
    schema.permissions = permissions.map(|stored| value_to_json(&from_nested(stored.clone())));
    Some(schema)
}

/// `string`, `*Game`, `relation<Game>`.
fn type_name(kind: &FieldType) -> String {
    match kind {
        FieldType::Pointer(class) => format!("*{class}"),
        FieldType::Relation(class) => format!("relation<{class}>"),
        simple => simple.to_string().to_lowercase(),
    }
}

fn parse_type(name: &str) -> Option<FieldType> {
    if let Some(class) = name.strip_prefix('*') {
        return ClassName::parse(class).ok().map(FieldType::Pointer);
    }
    if let Some(class) = name
        .strip_prefix("relation<")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        return ClassName::parse(class).ok().map(FieldType::Relation);
    }
    Some(match name {
        "string" => FieldType::String,
        "number" => FieldType::Number,
        "boolean" => FieldType::Boolean,
        "date" => FieldType::Date,
        "object" | "map" => FieldType::Object,
        "array" => FieldType::Array,
        "geopoint" => FieldType::GeoPoint,
        "file" => FieldType::File,
        "bytes" => FieldType::Bytes,
        "polygon" => FieldType::Polygon,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_as_by_parse_server() {
        let game = ClassName::internal("Game");
        for (kind, name) in [
            (FieldType::GeoPoint, "geopoint"),
            (FieldType::Pointer(game.clone()), "*Game"),
            (FieldType::Relation(game), "relation<Game>"),
        ] {
            assert_eq!(type_name(&kind), name);
            assert_eq!(parse_type(name), Some(kind));
        }
        assert_eq!(parse_type("vector"), None);
    }
}
