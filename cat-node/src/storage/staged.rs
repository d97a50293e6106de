//! A store that keeps writes back: what the requests of a transaction would write is collected, and becomes one commit.
//! An object that was written shows its new state when it is asked for by its id; finds see what is stored.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use super::{ProjectionCounts, Storage, StorageError, Transaction, Write};
use crate::domain::acl::Access;
use crate::domain::aggregate::{Document, RawStage};
use crate::domain::auth_data::Identity;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::matches::matches;
use crate::domain::query::read_options::{Explain, ReadOptions};
use crate::domain::query::{Filter, Query};
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;
use crate::projections::write::ProjectionWrite;

/// Objects as they will be; `None` when they will be gone.
type Objects = HashMap<(ClassName, ObjectId), Option<ParseObject>>;

#[derive(Debug)]
pub struct StagedStorage {
    inner: Arc<dyn Storage>,
    staged: Mutex<(Transaction, Objects)>,
}

impl StagedStorage {
    pub fn over(inner: Arc<dyn Storage>) -> Self {
        Self {
            inner,
            staged: Mutex::default(),
        }
    }

    /// What has been collected; the store starts anew.
    pub fn take(&self) -> Transaction {
        std::mem::take(&mut *self.staged.lock()).0
    }

    async fn current(
        &self,
        own: &Objects,
        (class, id): (&ClassName, &ObjectId),
        access: &Access,
        guard: &Filter,
    ) -> Result<ParseObject, StorageError> {
        let key = (class.clone(), id.clone());
        let staged = own.get(&key).cloned();
        let staged = staged.or_else(|| self.staged.lock().1.get(&key).cloned());
        let object = match staged {
            Some(object) => object,
            None => self.inner.get(class, id, &Access::Master).await?,
        };
        let fits =
            |object: &ParseObject| access.may_write(object.acl.as_ref()) && matches(object, guard);
        object.filter(fits).ok_or_else(|| StorageError::NotFound {
            class: class.clone(),
            id: id.clone(),
        })
    }

    /// What a write would leave, kept in `own`.
    async fn foresee(
        &self,
        own: &mut Objects,
        write: &Write,
    ) -> Result<Option<ParseObject>, StorageError> {
        let (key, object, left) = match write {
            Write::Insert { class, object } => {
                let key = (class.clone(), object.id.clone());
                (key, object.clone(), Some(object.clone()))
            }
            Write::Update {
                class,
                id,
                access,
                guard,
                update,
            } => {
                let mut object = self.current(own, (class, id), access, guard).await?;
                update.apply(&mut object)?;
                ((class.clone(), id.clone()), object.clone(), Some(object))
            }
            Write::Delete { class, id, access } => {
                let all = Filter::everything();
                let object = self.current(own, (class, id), access, &all).await?;
                ((class.clone(), id.clone()), object, None)
            }
            Write::DeleteWhere { .. } | Write::UpdateWhere { .. } | Write::Relate { .. } => {
                return Ok(None);
            }
        };
        own.insert(key, left);
        Ok(Some(object))
    }
}

#[async_trait]
impl Storage for StagedStorage {
    async fn get(
        &self,
        class: &ClassName,
        id: &ObjectId,
        access: &Access,
    ) -> Result<Option<ParseObject>, StorageError> {
        let staged = self
            .staged
            .lock()
            .1
            .get(&(class.clone(), id.clone()))
            .cloned();
        match staged {
            Some(object) => Ok(object.filter(|object| access.may_read(object.acl.as_ref()))),
            None => self.inner.get(class, id, access).await,
        }
    }

    async fn find(&self, query: &Query) -> Result<Vec<ParseObject>, StorageError> {
        self.inner.find(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StorageError> {
        self.inner.count(query).await
    }

    async fn aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        options: &ReadOptions,
    ) -> Result<Vec<Document>, StorageError> {
        self.inner.aggregate(class, pipeline, options).await
    }

    async fn distinct(&self, query: &Query, column: &str) -> Result<Vec<ParseValue>, StorageError> {
        self.inner.distinct(query, column).await
    }

    async fn explain(
        &self,
        query: &Query,
        explain: Explain,
    ) -> Result<serde_json::Value, StorageError> {
        self.inner.explain(query, explain).await
    }

    async fn explain_aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        explain: Explain,
    ) -> Result<serde_json::Value, StorageError> {
        self.inner.explain_aggregate(class, pipeline, explain).await
    }

    async fn hold_identities_unique(&self, providers: &[String]) -> Result<(), StorageError> {
        self.inner.hold_identities_unique(providers).await
    }

    async fn find_by_identity(
        &self,
        identities: &[Identity],
    ) -> Result<Vec<ParseObject>, StorageError> {
        self.inner.find_by_identity(identities).await
    }

    async fn commit(
        &self,
        transaction: Transaction,
    ) -> Result<Vec<Option<ParseObject>>, StorageError> {
        let mut own = Objects::new();
        let mut results = Vec::with_capacity(transaction.writes.len());
        for write in &transaction.writes {
            results.push(self.foresee(&mut own, write).await?);
        }
        let mut staged = self.staged.lock();
        staged.0.writes.extend(transaction.writes);
        staged.0.events.extend(transaction.events);
        staged.1.extend(own);
        Ok(results)
    }

    async fn project(
        &self,
        writes: Vec<ProjectionWrite>,
        now: DateTime<Utc>,
    ) -> Result<ProjectionCounts, StorageError> {
        self.inner.project(writes, now).await
    }

    async fn related(
        &self,
        class: &ClassName,
        field: &str,
        owners: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError> {
        self.inner.related(class, field, owners).await
    }

    async fn owners(
        &self,
        class: &ClassName,
        field: &str,
        members: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError> {
        self.inner.owners(class, field, members).await
    }

    async fn schemas(&self) -> Result<Vec<ClassSchema>, StorageError> {
        self.inner.schemas().await
    }

    async fn schema(&self, class: &ClassName) -> Result<Option<ClassSchema>, StorageError> {
        self.inner.schema(class).await
    }

    async fn extend_schema(
        &self,
        class: &ClassName,
        fields: BTreeMap<String, FieldType>,
    ) -> Result<ClassSchema, StorageError> {
        self.inner.extend_schema(class, fields).await
    }

    async fn change_schema(
        &self,
        class: &ClassName,
        change: SchemaChange,
    ) -> Result<ClassSchema, StorageError> {
        self.inner.change_schema(class, change).await
    }

    async fn remove_class(&self, class: &ClassName) -> Result<(), StorageError> {
        self.inner.remove_class(class).await
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.inner.ping().await
    }
}
