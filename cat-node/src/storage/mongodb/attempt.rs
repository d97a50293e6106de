//! One try at a transaction: each write in order, then the events.

use std::collections::HashMap;
use std::sync::Arc;

use bson::{Document, doc};
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR};
use mongodb::options::ReturnDocument;
use mongodb::{ClientSession, Collection};
use service_chassis::outbox::mongodb as outbox;

use super::columns;
use super::document::{from_document, to_document};
use super::error::{is_operator_refused, unavailable, write_error};
use super::filter::{MongoFilter, translate, writable};
use super::update::operators;
use super::{MongoStorage, relations};
use crate::domain::acl::Access;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::Filter;
use crate::domain::query::matches::matches;
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::domain::update::Update;
use crate::storage::{StorageError, Transaction, Write};

pub(super) type Schemas = HashMap<ClassName, Arc<ClassSchema>>;
pub(super) type Outcome = Result<Vec<Option<ParseObject>>, Failure>;

/// Why an attempt failed.
pub(super) enum Failure {
    /// The transaction collided with another one.
    Collision(Error),
    /// An operator does not go with the value that is there: reading the object will say how.
    Operator,
    Final(StorageError),
}

impl Failure {
    fn new(class: &ClassName, attempted: &'static str, error: Error) -> Self {
        if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
            return Self::Collision(error);
        }
        Self::Final(write_error(class, attempted, error))
    }
}

/// How updates are done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdateBy {
    /// MongoDB's own operators, where they are exact.
    Operators,
    /// Reading, changing and writing back; needs a transaction.
    Rewriting,
}

/// One try at a transaction.
pub(super) struct Attempt<'a> {
    pub(super) store: &'a MongoStorage,
    pub(super) schemas: &'a Schemas,
    pub(super) session: &'a mut ClientSession,
    pub(super) by: UpdateBy,
}

impl Attempt<'_> {
    pub(super) async fn run(&mut self, transaction: &Transaction) -> Outcome {
        let mut objects = Vec::with_capacity(transaction.writes.len());
        for write in &transaction.writes {
            objects.push(self.write(write).await?);
        }
        let appended = outbox::append(
            self.store.collections.database(),
            self.session,
            &transaction.events,
        )
        .await;
        appended.map_err(
            |error| match error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
                true => Failure::Collision(error),
                false => Failure::Final(unavailable("store events")(error)),
            },
        )?;
        Ok(objects)
    }

    async fn write(&mut self, write: &Write) -> Result<Option<ParseObject>, Failure> {
        match write {
            Write::Insert { class, object } => self.insert(class, object).await.map(Some),
            Write::Update {
                class,
                id,
                access,
                guard,
                update,
            } => {
                let target = Target { class, id, access };
                self.update(&target, guard, update).await.map(Some)
            }
            Write::Delete { class, id, access } => {
                self.delete(&Target { class, id, access }).await.map(Some)
            }
            Write::DeleteWhere { class, filter } => {
                self.delete_where(class, filter).await.map(|()| None)
            }
            Write::UpdateWhere {
                class,
                filter,
                update,
            } => {
                self.update_where(class, filter, update).await?;
                Ok(None)
            }
            Write::Relate {
                class,
                field,
                owner,
                add,
                remove,
            } => {
                let links = relations::collection(&self.store.collections, class, field);
                let related = relations::relate(&links, owner, add, remove, self.session).await;
                related.map_err(|error| Failure::new(class, "change a relation", error))?;
                Ok(None)
            }
        }
    }

    async fn insert(
        &mut self,
        class: &ClassName,
        object: &ParseObject,
    ) -> Result<ParseObject, Failure> {
        let document = to_document(object, &self.schemas[class]);
        let inserted = self
            .collection(class)
            .insert_one(document)
            .session(&mut *self.session)
            .await;
        inserted.map_err(|error| Failure::new(class, "insert an object", error))?;
        Ok(object.clone())
    }

    async fn update(
        &mut self,
        target: &Target<'_>,
        guard: &Filter,
        update: &Update,
    ) -> Result<ParseObject, Failure> {
        let schema = Arc::clone(&self.schemas[target.class]);
        let guarded = translate(guard, &schema);
        match operators(update, &schema) {
            Some(operators) if self.by == UpdateBy::Operators && guarded.is_exact => {
                self.update_by_operators(target, guarded, operators).await
            }
            _ => self.rewrite(target, guard, update).await,
        }
    }

    async fn update_by_operators(
        &mut self,
        target: &Target<'_>,
        guard: MongoFilter,
        operators: Document,
    ) -> Result<ParseObject, Failure> {
        let updated = self
            .collection(target.class)
            .find_one_and_update(guard.and(target.filter()), operators)
            .return_document(ReturnDocument::After)
            .session(&mut *self.session)
            .await;
        match updated {
            Ok(Some(document)) => Ok(from_document(document, &self.schemas[target.class])),
            Ok(None) => Err(target.not_found()),
            Err(error) if is_operator_refused(&error) => Err(Failure::Operator),
            Err(error) => Err(Failure::new(target.class, "update an object", error)),
        }
    }

    async fn rewrite(
        &mut self,
        target: &Target<'_>,
        guard: &Filter,
        update: &Update,
    ) -> Result<ParseObject, Failure> {
        let schema = Arc::clone(&self.schemas[target.class]);
        let collection = self.collection(target.class);
        let failed = |error| Failure::new(target.class, "update an object", error);
        let found = collection
            .find_one(target.filter())
            .session(&mut *self.session)
            .await
            .map_err(failed)?;
        let mut object = found
            .map(|document| from_document(document, &schema))
            .ok_or_else(|| target.not_found())?;
        if !matches(&object, guard) {
            return Err(target.not_found());
        }
        update
            .apply(&mut object)
            .map_err(|refusal| Failure::Final(refusal.into()))?;
        let document = to_document(&object, &schema);
        let written = collection
            .replace_one(target.filter(), document)
            .session(&mut *self.session)
            .await;
        written.map_err(failed)?;
        Ok(object)
    }

    async fn delete(&mut self, target: &Target<'_>) -> Result<ParseObject, Failure> {
        let deleted = self
            .collection(target.class)
            .find_one_and_delete(target.filter())
            .session(&mut *self.session)
            .await;
        let deleted =
            deleted.map_err(|error| Failure::new(target.class, "delete an object", error))?;
        let schema = Arc::clone(&self.schemas[target.class]);
        for field in relation_fields(&schema) {
            let links = relations::collection(&self.store.collections, target.class, field);
            let removed = relations::remove_owner(&links, target.id, self.session).await;
            removed.map_err(|error| Failure::new(target.class, "delete relations", error))?;
        }
        deleted
            .map(|document| from_document(document, &schema))
            .ok_or_else(|| target.not_found())
    }

    async fn delete_where(&mut self, class: &ClassName, filter: &Filter) -> Result<(), Failure> {
        let translated = translate(filter, &self.schemas[class]);
        let filter = if translated.is_exact {
            translated.document
        } else {
            let ids = self
                .matching_ids(class, filter, translated.document)
                .await?;
            doc! {"_id": {"$in": ids}}
        };
        let deleted = self
            .collection(class)
            .delete_many(filter)
            .session(&mut *self.session)
            .await;
        deleted
            .map(drop)
            .map_err(|error| Failure::new(class, "delete objects", error))
    }

    async fn update_where(
        &mut self,
        class: &ClassName,
        filter: &Filter,
        change: &Update,
    ) -> Result<(), Failure> {
        let wider = translate(filter, &self.schemas[class]).document;
        for id in self.matching_ids(class, filter, wider).await? {
            let (id, access) = (ObjectId::new(id), Access::Master);
            let target = Target {
                class,
                id: &id,
                access: &access,
            };
            self.update(&target, &Filter::everything(), change).await?;
        }
        Ok(())
    }

    async fn matching_ids(
        &mut self,
        class: &ClassName,
        filter: &Filter,
        wider: Document,
    ) -> Result<Vec<String>, Failure> {
        let failed = |error| Failure::new(class, "search objects to write", error);
        let schema = Arc::clone(&self.schemas[class]);
        let mut cursor = self
            .collection(class)
            .find(wider)
            .session(&mut *self.session)
            .await
            .map_err(failed)?;
        let mut ids = Vec::new();
        while let Some(document) = cursor.next(self.session).await {
            let object = from_document(document.map_err(failed)?, &schema);
            if matches(&object, filter) {
                ids.push(object.id.as_str().to_owned());
            }
        }
        Ok(ids)
    }

    fn collection(&self, class: &ClassName) -> Collection<Document> {
        self.store.collection(class)
    }
}

/// One object, as far as this access may write it.
struct Target<'a> {
    class: &'a ClassName,
    id: &'a ObjectId,
    access: &'a Access,
}

impl Target<'_> {
    fn filter(&self) -> Document {
        let mut filter = doc! {"_id": columns::stored_id(self.class, self.id)};
        filter.extend(writable(self.access));
        filter
    }

    fn not_found(&self) -> Failure {
        Failure::Final(StorageError::NotFound {
            class: self.class.clone(),
            id: self.id.clone(),
        })
    }
}

pub(super) fn relation_fields(schema: &ClassSchema) -> impl Iterator<Item = &str> {
    let own = schema
        .fields
        .iter()
        .map(|(name, kind)| (name.as_str(), kind));
    let default = defaults::columns(&schema.class).map(|(name, kind)| (*name, kind));
    own.chain(default)
        .filter(|(_, kind)| matches!(kind, FieldType::Relation(_)))
        .map(|(name, _)| name)
}
