//! Transactions: several writes and their events, or nothing.
//!
//! One write without events is atomic in MongoDB as it is; everything else runs in a multi-document transaction, which
//! is tried again when it collides with another one.

use std::collections::HashMap;
use std::sync::Arc;

use bson::{Document, doc};
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::ReturnDocument;
use mongodb::{ClientSession, Collection};
use service_chassis::outbox::mongodb as outbox;

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
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::update::Update;
use crate::storage::{StorageError, Transaction, Write};

/// How often a transaction that collided is tried again.
const MAX_ATTEMPTS: u32 = 20;

type Schemas = HashMap<ClassName, Arc<ClassSchema>>;
type Outcome = Result<Vec<Option<ParseObject>>, Failure>;

/// Why an attempt failed.
enum Failure {
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
enum UpdateBy {
    /// MongoDB's own operators, where they are exact.
    Operators,
    /// Reading, changing and writing back; needs a transaction.
    Rewriting,
}

pub(super) async fn commit(
    store: &MongoStorage,
    transaction: &Transaction,
) -> Result<Vec<Option<ParseObject>>, StorageError> {
    let schemas = schemas_of(store, transaction).await?;
    let mut session = store
        .client
        .start_session()
        .await
        .map_err(unavailable("start a session"))?;
    if is_one_operation(transaction, &schemas) {
        let mut attempt = Attempt {
            store,
            schemas: &schemas,
            session: &mut session,
            by: UpdateBy::Operators,
        };
        match attempt.run(transaction).await {
            Ok(objects) => return Ok(objects),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Collision(_) | Failure::Operator) => {}
        }
    }
    commit_together(store, transaction, &schemas, &mut session).await
}

async fn commit_together(
    store: &MongoStorage,
    transaction: &Transaction,
    schemas: &Schemas,
    session: &mut ClientSession,
) -> Result<Vec<Option<ParseObject>>, StorageError> {
    let mut by = UpdateBy::Operators;
    let mut last_collision = None;
    for attempt in 0..MAX_ATTEMPTS {
        session
            .start_transaction()
            .await
            .map_err(unavailable("start a transaction"))?;
        let done = Attempt {
            store,
            schemas,
            session: &mut *session,
            by,
        }
        .run(transaction)
        .await;
        let failure = match done {
            Ok(objects) => match commit_transaction(session).await {
                Ok(()) => return Ok(objects),
                Err(failure) => failure,
            },
            Err(failure) => {
                // The server has usually given it up already; what is left over times out there.
                let _ = session.abort_transaction().await;
                failure
            }
        };
        match failure {
            Failure::Final(error) => return Err(error),
            Failure::Operator => by = UpdateBy::Rewriting,
            Failure::Collision(error) => {
                last_collision = Some(error);
                back_off(attempt).await;
            }
        }
    }
    let source: Box<dyn std::error::Error + Send + Sync> = match last_collision {
        Some(error) => Box::new(error),
        None => "the operators were refused again and again".into(),
    };
    Err(StorageError::Unavailable {
        attempted: "commit a transaction among many others",
        source,
    })
}

async fn commit_transaction(session: &mut ClientSession) -> Result<(), Failure> {
    for _ in 0..MAX_ATTEMPTS {
        match session.commit_transaction().await {
            Ok(()) => return Ok(()),
            Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {}
            Err(error) if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => {
                return Err(Failure::Collision(error));
            }
            Err(error) => return Err(Failure::Final(unavailable("commit a transaction")(error))),
        }
    }
    let source = "the server does not say whether the transaction was committed".into();
    Err(Failure::Final(StorageError::Unavailable {
        attempted: "commit a transaction",
        source,
    }))
}

/// Longer with each collision, and different for each of those that collided.
async fn back_off(attempt: u32) {
    let longest_ms = 1_u64 << attempt.min(7);
    let wait_ms = rand::random_range(0..=longest_ms);
    tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
}

async fn schemas_of(
    store: &MongoStorage,
    transaction: &Transaction,
) -> Result<Schemas, StorageError> {
    let mut schemas = Schemas::new();
    for write in &transaction.writes {
        let class = write.class();
        if !schemas.contains_key(class) {
            schemas.insert(class.clone(), store.schemas.recent(class).await?);
        }
    }
    Ok(schemas)
}

/// Whether MongoDB does all of it in one atomic operation.
fn is_one_operation(transaction: &Transaction, schemas: &Schemas) -> bool {
    let [write] = transaction.writes.as_slice() else {
        return false;
    };
    transaction.events.is_empty()
        && match write {
            Write::Insert { .. } => true,
            Write::Update {
                class,
                update,
                guard,
                ..
            } => {
                let schema = &schemas[class];
                operators(update, schema).is_some() && translate(guard, schema).is_exact
            }
            Write::Delete { class, .. } => relation_fields(&schemas[class]).next().is_none(),
            Write::DeleteWhere { .. } | Write::Relate { .. } => false,
        }
}

fn relation_fields(schema: &ClassSchema) -> impl Iterator<Item = &str> {
    let own = schema
        .fields
        .iter()
        .map(|(name, kind)| (name.as_str(), kind));
    let default =
        crate::domain::schema::defaults::columns(&schema.class).map(|(name, kind)| (*name, kind));
    own.chain(default)
        .filter(|(_, kind)| matches!(kind, FieldType::Relation(_)))
        .map(|(name, _)| name)
}

/// One try at a transaction.
struct Attempt<'a> {
    store: &'a MongoStorage,
    schemas: &'a Schemas,
    session: &'a mut ClientSession,
    by: UpdateBy,
}

impl Attempt<'_> {
    async fn run(&mut self, transaction: &Transaction) -> Outcome {
        let mut objects = Vec::with_capacity(transaction.writes.len());
        for write in &transaction.writes {
            objects.push(self.write(write).await?);
        }
        let appended =
            outbox::append(&self.store.database, self.session, &transaction.events).await;
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
            Write::Relate {
                class,
                field,
                owner,
                add,
                remove,
            } => {
                let links = relations::collection(&self.store.database, class, field);
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
            let links = relations::collection(&self.store.database, target.class, field);
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

    async fn matching_ids(
        &mut self,
        class: &ClassName,
        filter: &Filter,
        wider: Document,
    ) -> Result<Vec<String>, Failure> {
        let failed = |error| Failure::new(class, "delete objects", error);
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
        let mut filter = doc! {"_id": self.id.as_str()};
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
