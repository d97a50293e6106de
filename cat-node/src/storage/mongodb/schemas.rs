//! The `_SCHEMA` collection: one document for each class, in parse-server's form.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use mongodb::Collection;
use mongodb::options::ReturnDocument;
use parking_lot::RwLock;

use super::collections::Collections;
use super::error::{is_duplicate, unavailable};
use super::schema_document::{self, from_document};
use crate::domain::names::ClassName;
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::storage::StorageError;

const COLLECTION: &str = "_SCHEMA";
/// How long a class is believed without asking: another replica may have given it fields meanwhile.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// Classes that are remembered; names come from clients.
const MAX_KNOWN: usize = 1_000;
/// How often an extension is tried again when another writer came first.
pub(super) const MAX_ATTEMPTS: usize = 5;

/// The classes, with what was last read of each.
#[derive(Debug)]
pub(super) struct Schemas {
    collection: Collection<Document>,
    known: RwLock<HashMap<ClassName, (Instant, Arc<ClassSchema>)>>,
}

impl Schemas {
    pub(super) fn new(collections: &Collections) -> Self {
        Self {
            collection: collections.get(COLLECTION),
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

    /// `recent`, for a class that gets an object: one that clients can name is listed from then on.
    pub(super) async fn ensured(
        &self,
        class: &ClassName,
    ) -> Result<Arc<ClassSchema>, StorageError> {
        let schema = self.recent(class).await?;
        let is_known = self.known.read().contains_key(class);
        let is_listed = ClassName::parse(class.as_str()).is_ok()
            && !defaults::VOLATILE.contains(&class.as_str());
        if is_known || !is_listed {
            return Ok(schema);
        }
        let extension = self.extend(class, &BTreeMap::new()).await?;
        Ok(Arc::new(extension.schema))
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
            set.insert(name, schema_document::type_name(kind));
        }
        let mut update = doc! {"$setOnInsert": schema_document::default_columns(class)};
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

    /// Writes the class's document as the change leaves it. `None` when another writer changed the class meanwhile.
    pub(super) async fn change(
        &self,
        before: Option<&ClassSchema>,
        change: &SchemaChange,
        after: &ClassSchema,
    ) -> Result<Option<()>, StorageError> {
        let attempted = "change a class";
        let mut update = schema_document::update(change, after);
        let mut filter = doc! {"_id": after.class.as_str()};
        let set = update.get_document("$set").cloned().unwrap_or_default();
        for (name, definition) in &change.set_fields {
            let known = before.and_then(|before| before.field(name));
            if known.is_none() {
                filter.insert(name, doc! {"$exists": false});
            } else if before.is_some_and(|before| before.fields.contains_key(name))
                && !change.remove_fields.contains(name)
            {
                filter.insert(name, schema_document::type_name(&definition.kind));
            }
        }
        if before.is_none() {
            let columns = schema_document::default_columns(&after.class).into_iter();
            let columns: Document = columns
                .filter(|(name, _)| !set.contains_key(name))
                .collect();
            update.insert("$setOnInsert", columns);
        }
        if update.is_empty() {
            return Ok(Some(()));
        }
        let written = self.collection.update_one(filter, update);
        let written = match written.upsert(before.is_none()).await {
            Ok(written) => written,
            Err(error) if is_duplicate(&error) => return Ok(None),
            Err(error) => return Err(unavailable(attempted)(error)),
        };
        self.forget(&after.class);
        let is_done = written.matched_count > 0 || written.upserted_id.is_some();
        Ok(is_done.then_some(()))
    }

    /// Lists the indexes of a class as they are in the database.
    pub(super) async fn record_indexes(
        &self,
        class: &ClassName,
        indexes: Document,
    ) -> Result<(), StorageError> {
        let update = schema_document::index_update(indexes);
        let written = self
            .collection
            .update_one(doc! {"_id": class.as_str()}, update)
            .await;
        written.map_err(unavailable("record the indexes of a class"))?;
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
