//! The SQLite adapter: a table per class, fields as JSON, filters pushed into SQL where SQL means the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use service_chassis::sqlite::{Database, DatabaseError};

use super::{ProjectionCounts, Storage, StorageError, Transaction};
use crate::domain::acl::Access;
use crate::domain::aggregate::{Document, RawStage};
use crate::domain::auth_data::Identity;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::Query;
use crate::domain::query::read_options::{Explain, ReadOptions, unknown_hint};
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;
use crate::projections::write::ProjectionWrite;
use definitions::{DefinitionCache, Definitions};
use error::{WriteError, unavailable};

mod aggregate;
mod class_table;
mod commit;
mod declared_index;
mod definition;
mod definitions;
mod error;
mod expression;
mod find;
mod identity;
mod index;
mod migrations;
mod project;
mod relation;
mod row;
mod schema;
mod translate;

/// Objects in one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    database: Database,
    definitions: Arc<DefinitionCache>,
}

impl SqliteStorage {
    /// Opens the file, or makes it.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let database = Database::open(
            path,
            &[
                migrations::OBJECTS,
                service_chassis::outbox::sqlite::MIGRATIONS,
            ],
        )?;
        Ok(Self {
            database,
            definitions: Arc::default(),
        })
    }

    /// The file itself, for what shares it: the outbox and the readiness check.
    pub fn database(&self) -> &Database {
        &self.database
    }

    async fn read<T: Send + 'static>(
        &self,
        attempted: &'static str,
        work: impl Fn(&Connection, &Definitions<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let cache = Arc::clone(&self.definitions);
        let result = self.database.read_quick(move |connection| {
            // A class may have gone since its definition was read.
            work(connection, &Definitions::recent(&cache))
                .or_else(|_| work(connection, &Definitions::exact(&cache)))
                .map_err(DatabaseError::from)
        });
        result.await.map_err(|error| unavailable(attempted, error))
    }

    /// SQLite chooses its indexes itself; a hint that names none is wrong all the same.
    async fn check_hint(&self, query: &Query) -> Result<(), StorageError> {
        let Some(hint) = query.options.hint.clone() else {
            return Ok(());
        };
        let class = query.class.clone();
        let is_known = self.read("look for an index", move |sql, definitions| {
            let table = definitions.class(sql, &class)?;
            Ok(table.is_none_or(|table| aggregate::has_index(&table.schema, &hint)))
        });
        match is_known.await? {
            true => Ok(()),
            false => Err(unknown_hint().into()),
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        attempted: &'static str,
        work: impl FnOnce(&Connection, &Definitions<'_>) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let cache = Arc::clone(&self.definitions);
        let result = self.database.write(move |connection| {
            let definitions = Definitions::exact(&cache);
            let result = work(connection, &definitions)?;
            Ok((result, definitions.have_changed()))
        });
        let (result, have_changed) = result
            .await
            .map_err(|error: WriteError| error.during(attempted))?;
        if have_changed {
            self.definitions.forget_all();
        }
        Ok(result)
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn get(
        &self,
        class: &ClassName,
        id: &ObjectId,
        access: &Access,
    ) -> Result<Option<ParseObject>, StorageError> {
        let (class, id, access) = (class.clone(), id.clone(), access.clone());
        self.read("get an object", move |sql, definitions| {
            find::get(sql, definitions, &class, &id, &access)
        })
        .await
    }

    async fn find(&self, query: &Query) -> Result<Vec<ParseObject>, StorageError> {
        self.check_hint(query).await?;
        let query = query.clone();
        self.read("find objects", move |sql, definitions| {
            find::find(sql, definitions, &query)
        })
        .await
    }

    async fn find_text(&self, query: &Query) -> Result<Option<String>, StorageError> {
        let query = query.clone();
        self.read("find objects", move |sql, definitions| {
            find::find_text(sql, definitions, &query)
        })
        .await
    }

    async fn count(&self, query: &Query) -> Result<u64, StorageError> {
        let query = query.clone();
        self.read("count objects", move |sql, definitions| {
            find::count(sql, definitions, &query)
        })
        .await
    }

    async fn aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        options: &ReadOptions,
    ) -> Result<Vec<Document>, StorageError> {
        let (class, pipeline, options) = (class.clone(), pipeline.to_vec(), options.clone());
        let found = self.read("aggregate objects", move |sql, definitions| {
            aggregate::aggregate(sql, definitions, &class, &pipeline, &options)
        });
        Ok(found.await??)
    }

    async fn distinct(&self, query: &Query, column: &str) -> Result<Vec<ParseValue>, StorageError> {
        let (query, column) = (query.clone(), column.to_owned());
        let found = self.read("find distinct values", move |sql, definitions| {
            aggregate::distinct(sql, definitions, &query, &column)
        });
        Ok(found.await??)
    }

    async fn explain(
        &self,
        query: &Query,
        _explain: Explain,
    ) -> Result<serde_json::Value, StorageError> {
        let query = query.clone();
        self.read("explain a query", move |sql, definitions| {
            find::explain(sql, definitions, &query)
        })
        .await
    }

    async fn explain_aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        _explain: Explain,
    ) -> Result<serde_json::Value, StorageError> {
        let (class, pipeline) = (class.clone(), pipeline.to_vec());
        let explained = self.read("explain a pipeline", move |sql, definitions| {
            aggregate::explain(sql, definitions, &class, &pipeline)
        });
        Ok(explained.await??)
    }

    async fn commit(
        &self,
        transaction: Transaction,
    ) -> Result<Vec<Option<ParseObject>>, StorageError> {
        self.write("write objects", move |sql, definitions| {
            commit::commit(sql, definitions, &transaction)
        })
        .await
    }

    async fn project(
        &self,
        writes: Vec<ProjectionWrite>,
        now: DateTime<Utc>,
    ) -> Result<ProjectionCounts, StorageError> {
        self.write("write projections", move |sql, definitions| {
            project::project(sql, definitions, writes, now)
        })
        .await
    }

    async fn related(
        &self,
        class: &ClassName,
        field: &str,
        owners: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError> {
        let (class, field, owners) = (class.clone(), field.to_owned(), owners.to_vec());
        self.read(
            "read a relation",
            move |sql, definitions| match definitions.class(sql, &class)? {
                Some(table) => relation::members(sql, table.number, &field, &owners),
                None => Ok(Vec::new()),
            },
        )
        .await
    }

    async fn owners(
        &self,
        class: &ClassName,
        field: &str,
        members: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError> {
        let (class, field, members) = (class.clone(), field.to_owned(), members.to_vec());
        self.read(
            "read a relation",
            move |sql, definitions| match definitions.class(sql, &class)? {
                Some(table) => relation::owners(sql, table.number, &field, &members),
                None => Ok(Vec::new()),
            },
        )
        .await
    }

    /// The table of identities holds it for every provider.
    async fn hold_identities_unique(&self, _providers: &[String]) -> Result<(), StorageError> {
        Ok(())
    }

    async fn find_by_identity(
        &self,
        identities: &[Identity],
    ) -> Result<Vec<ParseObject>, StorageError> {
        let identities = identities.to_vec();
        self.read(
            "find users by what providers know",
            move |sql, definitions| identity::users(sql, definitions, &identities),
        )
        .await
    }

    async fn schemas(&self) -> Result<Vec<ClassSchema>, StorageError> {
        self.read("list the classes", schema::all).await
    }

    async fn schema(&self, class: &ClassName) -> Result<Option<ClassSchema>, StorageError> {
        let class = class.clone();
        self.read("read a class", move |sql, definitions| {
            Ok(definitions
                .class(sql, &class)?
                .map(|table| table.schema.clone()))
        })
        .await
    }

    async fn extend_schema(
        &self,
        class: &ClassName,
        fields: BTreeMap<String, FieldType>,
    ) -> Result<ClassSchema, StorageError> {
        let class = class.clone();
        self.write("extend a class", move |sql, definitions| {
            schema::extend(sql, definitions, &class, &fields)
        })
        .await
    }

    async fn change_schema(
        &self,
        class: &ClassName,
        change: SchemaChange,
    ) -> Result<ClassSchema, StorageError> {
        let class = class.clone();
        self.write("change a class", move |sql, definitions| {
            schema::change(sql, definitions, &class, &change)
        })
        .await
    }

    async fn remove_class(&self, class: &ClassName) -> Result<(), StorageError> {
        let class = class.clone();
        self.write("remove a class", move |sql, definitions| {
            Ok(schema::remove_class(sql, definitions, &class)?)
        })
        .await
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.read("answer", |sql, _| sql.query_row("SELECT 1", [], |_| Ok(())))
            .await
    }
}
