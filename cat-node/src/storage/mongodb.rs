//! The MongoDB adapter, in parse-server's layout: a database that parse-server wrote can be taken over, and back.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bson::Document;
use chrono::{DateTime, Utc};
use mongodb::{Client, Collection};
use service_chassis::mongodb::MongodbDatabase;

use super::{ProjectionCounts, Storage, StorageError, Transaction};
use crate::domain::acl::Access;
use crate::domain::aggregate::{self as aggregation, RawStage};
use crate::domain::auth_data::Identity;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::Query;
use crate::domain::query::read_options::{Explain, ReadOptions};
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;
use crate::projections::write::ProjectionWrite;

mod aggregate;
mod attempt;
mod change_schema;
mod collections;
mod columns;
mod commit;
mod document;
mod error;
mod filter;
mod find;
mod identity;
mod indexes;
mod options;
mod plain;
mod projection;
mod relations;
mod schema_document;
mod schemas;
mod system_indexes;
mod update;
mod value;

use collections::Collections;
use error::unavailable;
pub use options::{MongoOptions, Reading};
use schemas::Schemas;

/// cat-node's database in MongoDB.
#[derive(Debug)]
pub struct MongoStorage {
    client: Client,
    collections: Collections,
    schemas: Schemas,
    reading: Reading,
}

impl MongoStorage {
    /// Takes a database over: makes the indexes that the service relies on.
    pub async fn open(
        deployment: &MongodbDatabase,
        options: &MongoOptions,
    ) -> Result<Self, StorageError> {
        let database = deployment.database().clone();
        let collections = Collections::new(database, &options.collection_prefix);
        let schemas = Schemas::new(&collections);
        for class in [ClassName::USER, ClassName::ROLE] {
            schemas.extend(&class, &BTreeMap::new()).await?;
        }
        system_indexes::ensure(&collections, &options.indexes).await?;
        for schema in schemas.all().await? {
            let listed = indexes::listed(&collections, &schema.class).await?;
            schemas.record_indexes(&schema.class, listed).await?;
        }
        Ok(Self {
            client: deployment.client().clone(),
            collections,
            schemas,
            reading: options.reading,
        })
    }

    fn collection(&self, class: &ClassName) -> Collection<Document> {
        self.collections.get(class.as_str())
    }
}

#[async_trait]
impl Storage for MongoStorage {
    async fn get(
        &self,
        class: &ClassName,
        id: &ObjectId,
        access: &Access,
    ) -> Result<Option<ParseObject>, StorageError> {
        let schema = self.schemas.recent(class).await?;
        let mut filter = filter::readable(access);
        filter.insert("_id", columns::stored_id(class, id));
        let found = self.collection(class).find_one(filter).await;
        let found = found.map_err(unavailable("read an object"))?;
        Ok(found.map(|document| document::from_document(document, &schema)))
    }

    async fn find(&self, query: &Query) -> Result<Vec<ParseObject>, StorageError> {
        let schema = self.schemas.recent(&query.class).await?;
        find::find(&self.collection(&query.class), self.reading, query, &schema).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StorageError> {
        let schema = self.schemas.recent(&query.class).await?;
        find::count(&self.collection(&query.class), self.reading, query, &schema).await
    }

    async fn aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        options: &ReadOptions,
    ) -> Result<Vec<aggregation::Document>, StorageError> {
        aggregate::aggregate(self, class, pipeline, options).await
    }

    async fn distinct(&self, query: &Query, column: &str) -> Result<Vec<ParseValue>, StorageError> {
        aggregate::distinct(self, query, column).await
    }

    async fn explain(
        &self,
        query: &Query,
        explain: Explain,
    ) -> Result<serde_json::Value, StorageError> {
        aggregate::explain(self, query, explain).await
    }

    async fn explain_aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        explain: Explain,
    ) -> Result<serde_json::Value, StorageError> {
        aggregate::explain_aggregate(self, class, pipeline, explain).await
    }

    async fn commit(
        &self,
        transaction: Transaction,
    ) -> Result<Vec<Option<ParseObject>>, StorageError> {
        commit::commit(self, &transaction).await
    }

    /// Atomic for each object, not for the batch: see `mongodb/projection.rs`.
    async fn project(
        &self,
        writes: Vec<ProjectionWrite>,
        now: DateTime<Utc>,
    ) -> Result<ProjectionCounts, StorageError> {
        let mut counts = ProjectionCounts::default();
        for (class, fields) in projection::fields_by_class(&writes) {
            let known = self.schemas.recent(&class).await?;
            if fields.keys().any(|field| known.field(field).is_none()) {
                self.extend_schema(&class, fields).await?;
            }
            let schema = self.schemas.recent(&class).await?;
            let of_class: Vec<&ProjectionWrite> =
                writes.iter().filter(|write| write.class == class).collect();
            let of_this = projection::project(&self.collections, &of_class, &schema, now).await?;
            counts = projection::sum(counts, of_this);
        }
        Ok(counts)
    }

    async fn related(
        &self,
        class: &ClassName,
        field: &str,
        owners: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError> {
        relations::members(
            &relations::collection(&self.collections, class, field),
            owners,
        )
        .await
    }

    async fn owners(
        &self,
        class: &ClassName,
        field: &str,
        members: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError> {
        relations::owners(
            &relations::collection(&self.collections, class, field),
            members,
        )
        .await
    }

    async fn hold_identities_unique(&self, providers: &[String]) -> Result<(), StorageError> {
        for provider in providers {
            identity::hold_unique(&self.collections, provider).await?;
        }
        Ok(())
    }

    async fn find_by_identity(
        &self,
        identities: &[Identity],
    ) -> Result<Vec<ParseObject>, StorageError> {
        if identities.is_empty() {
            return Ok(Vec::new());
        }
        let schema = self.schemas.recent(&ClassName::USER).await?;
        identity::users(&self.collection(&ClassName::USER), identities, &schema).await
    }

    async fn schemas(&self) -> Result<Vec<ClassSchema>, StorageError> {
        self.schemas.all().await
    }

    async fn schema(&self, class: &ClassName) -> Result<Option<ClassSchema>, StorageError> {
        self.schemas.find(class).await
    }

    async fn extend_schema(
        &self,
        class: &ClassName,
        fields: BTreeMap<String, FieldType>,
    ) -> Result<ClassSchema, StorageError> {
        let extension = self.schemas.extend(class, &fields).await?;
        let added = extension
            .new
            .iter()
            .map(|(name, kind)| (name.as_str(), kind));
        indexes::ensure_for_fields(&self.collections, &extension.schema, added).await?;
        Ok(extension.schema)
    }

    async fn change_schema(
        &self,
        class: &ClassName,
        change: SchemaChange,
    ) -> Result<ClassSchema, StorageError> {
        change_schema::change(self, class, &change).await
    }

    async fn remove_class(&self, class: &ClassName) -> Result<(), StorageError> {
        if let Some(schema) = self.schemas.find(class).await? {
            for (field, kind) in &schema.fields {
                if matches!(kind, FieldType::Relation(_)) {
                    self.collections
                        .drop(&relations::name(class, field))
                        .await?;
                }
            }
        }
        self.collections.drop(class.as_str()).await?;
        self.schemas.remove(class).await
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.collections.ping().await
    }
}
