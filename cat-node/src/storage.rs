//! What cat-node asks of its database, as a contract: `tests/it/storage_contract.rs` holds every adapter to it.
//!
//! Adapters know nothing of users, sessions or protocol texts. They keep objects, schemas and relations, and
//! they write atomically together with the events that the write announces.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use shared_events::OutgoingEvent;

use crate::domain::acl::Access;
use crate::domain::aggregate::{Document, RawStage};
use crate::domain::auth_data::Identity;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::read_options::{Explain, ReadOptions};
use crate::domain::query::{Filter, Query};
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::update::Update;
use crate::domain::value::ParseValue;
use crate::projections::write::ProjectionWrite;

pub mod mongodb;
pub mod sqlite;
pub mod staged;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another object of the class holds this value. Nothing was written.
    #[error("class {class} already has an object with this {field}")]
    Duplicate { class: ClassName, field: String },
    /// The object of this `Write` is absent or may not be written by its `Access`. Nothing was written.
    #[error("class {class} has no object {id} that may be written")]
    NotFound { class: ClassName, id: ObjectId },
    /// An op cannot be applied to what is there (`Add` to a number, ...). Nothing was written.
    #[error(transparent)]
    Refused(#[from] crate::domain::error::ParseError),
    /// The database failed or cannot be reached; what was asked may be asked again.
    #[error("the database failed while it was asked to {attempted}")]
    Unavailable {
        attempted: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// One step of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new object. A taken id is a `Duplicate` of `objectId`.
    Insert {
        class: ClassName,
        object: ParseObject,
    },
    /// The object must exist, be writable by `access` and match `guard` (compare-and-set), else `NotFound`.
    Update {
        class: ClassName,
        id: ObjectId,
        access: Access,
        guard: Filter,
        update: Update,
    },
    /// Like `Update`; the relations that the object owns go with it.
    Delete {
        class: ClassName,
        id: ObjectId,
        access: Access,
    },
    /// Deletes all that match, possibly none.
    DeleteWhere { class: ClassName, filter: Filter },
    /// Changes all that match, possibly none.
    UpdateWhere {
        class: ClassName,
        filter: Filter,
        update: Update,
    },
    /// Adds and removes members of a relation field; both are idempotent. In MongoDB: `_Join:<field>:<class>`.
    Relate {
        class: ClassName,
        field: String,
        owner: ObjectId,
        add: Vec<ObjectId>,
        remove: Vec<ObjectId>,
    },
}

impl Write {
    /// The class that it changes.
    pub fn class(&self) -> &ClassName {
        match self {
            Self::Insert { class, .. }
            | Self::Update { class, .. }
            | Self::Delete { class, .. }
            | Self::DeleteWhere { class, .. }
            | Self::UpdateWhere { class, .. }
            | Self::Relate { class, .. } => class,
        }
    }
}

/// Writes and the events that announce them: all of it becomes durable, or none.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    pub writes: Vec<Write>,
    pub events: Vec<OutgoingEvent>,
}

impl Transaction {
    #[must_use]
    pub fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    #[must_use]
    pub fn event(mut self, event: OutgoingEvent) -> Self {
        self.events.push(event);
        self
    }
}

/// How a batch of projection writes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProjectionCounts {
    pub created: u64,
    pub changed: u64,
    /// Already known: a repetition, or older than what is there.
    pub unchanged: u64,
}

/// The database of cat-node.
#[async_trait]
pub trait Storage: Send + Sync + std::fmt::Debug {
    /// One object that `access` may read.
    async fn get(
        &self,
        class: &ClassName,
        id: &ObjectId,
        access: &Access,
    ) -> Result<Option<ParseObject>, StorageError>;

    /// The objects that match, in order. A class that was never written has none.
    async fn find(&self, query: &Query) -> Result<Vec<ParseObject>, StorageError>;

    /// What `find` answers as the text of a JSON array, each object as `domain::object::json` writes it. `None` when this
    /// store has no shorter way to the text than through the objects.
    async fn find_text(&self, _query: &Query) -> Result<Option<String>, StorageError> {
        Ok(None)
    }

    /// How many match; `order`, `skip` and `limit` do not count.
    async fn count(&self, query: &Query) -> Result<u64, StorageError>;

    /// What comes out of a pipeline over the documents of a class, in MongoDB's columns (`domain::aggregate`). A stage or an
    /// operator that the store does not know is `Refused` (102) by its name. A class that was never written has no documents.
    async fn aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        options: &ReadOptions,
    ) -> Result<Vec<Document>, StorageError>;

    /// The different values of a column in the documents that match, each once; `null` is none.
    async fn distinct(&self, query: &Query, column: &str) -> Result<Vec<ParseValue>, StorageError>;

    /// How the store would answer the query, in its own words.
    async fn explain(
        &self,
        query: &Query,
        explain: Explain,
    ) -> Result<serde_json::Value, StorageError>;

    /// How the store would run the pipeline, in its own words.
    async fn explain_aggregate(
        &self,
        class: &ClassName,
        pipeline: &[RawStage],
        explain: Explain,
    ) -> Result<serde_json::Value, StorageError>;

    /// Does all of it or nothing. Returns, for each write in order, the object as it now is
    /// (`Insert`, `Update`) or as it last was (`Delete`); `None` for the other writes.
    async fn commit(
        &self,
        transaction: Transaction,
    ) -> Result<Vec<Option<ParseObject>>, StorageError>;

    /// Merges each write into its object as `projections::write::merge` says, in order, and records new fields
    /// in the schemas. Several writes of a batch may concern one object. Each object is written atomically; after an
    /// error part of the batch may be there, and the whole of it is simply asked for again (SQLite: all or nothing).
    async fn project(
        &self,
        writes: Vec<ProjectionWrite>,
        now: DateTime<Utc>,
    ) -> Result<ProjectionCounts, StorageError>;

    /// The members of a relation of these owners, each once.
    async fn related(
        &self,
        class: &ClassName,
        field: &str,
        owners: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError>;

    /// The owners that have one of these members in the relation, each once.
    async fn owners(
        &self,
        class: &ClassName,
        field: &str,
        members: &[ObjectId],
    ) -> Result<Vec<ObjectId>, StorageError>;

    /// Holds from now on that no two users have the same id with one of these providers: a write that breaks it is a
    /// `Duplicate` of `_auth_data_<provider>_id`.
    async fn hold_identities_unique(&self, providers: &[String]) -> Result<(), StorageError>;

    /// The users that have one of these identities, each once.
    async fn find_by_identity(
        &self,
        identities: &[Identity],
    ) -> Result<Vec<ParseObject>, StorageError>;

    /// Every class that exists.
    async fn schemas(&self) -> Result<Vec<ClassSchema>, StorageError>;

    async fn schema(&self, class: &ClassName) -> Result<Option<ClassSchema>, StorageError>;

    /// Makes the class if it is new and gives it the fields that it lacks, atomically; a field that is there
    /// with another type is `Refused` (111, the `schema mismatch` text). Returns the class as it now is.
    async fn extend_schema(
        &self,
        class: &ClassName,
        fields: BTreeMap<String, FieldType>,
    ) -> Result<ClassSchema, StorageError>;

    /// Changes a class, or makes it, in one step: all of the change or nothing. A class that is there when it must be absent
    /// is a `Duplicate` of `className`; one that must be there and is not is made. A field that stays and is of another
    /// type is `Refused`. Removed fields leave every object. Returns the class as it now is.
    ///
    /// An index of plain ascending and descending keys serves finds from then on; other kinds at least in MongoDB.
    async fn change_schema(
        &self,
        class: &ClassName,
        change: SchemaChange,
    ) -> Result<ClassSchema, StorageError>;

    /// Removes a class, its objects and its relations.
    async fn remove_class(&self, class: &ClassName) -> Result<(), StorageError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StorageError>;
}

/// Which of parse-server's own indexes a MongoDB database gets (its `databaseOptions.createIndex...`), and for which
/// sign-in providers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is an option of its own
pub struct SystemIndexes {
    pub user_username: bool,
    pub user_username_case_insensitive: bool,
    pub user_email: bool,
    pub user_email_case_insensitive: bool,
    pub user_email_verify_token: bool,
    pub user_password_reset_token: bool,
    pub role_name: bool,
    /// The providers whose ids no two users share.
    pub auth_providers: Vec<String>,
}

impl Default for SystemIndexes {
    fn default() -> Self {
        Self {
            user_username: true,
            user_username_case_insensitive: true,
            user_email: true,
            user_email_case_insensitive: true,
            user_email_verify_token: true,
            user_password_reset_token: true,
            role_name: true,
            auth_providers: vec!["anonymous".to_owned()],
        }
    }
}

/// Fields that no two objects of a class may share. Absent and `null` values never clash.
pub fn unique_fields(class: &ClassName) -> &'static [&'static str] {
    match class.as_str() {
        "_User" => &["username", "email"],
        "_Role" => &["name"],
        "_Session" => &["_session_token"],
        "_Idempotency" => &["reqId"],
        _ => &[],
    }
}

/// Fields, beyond the unique ones, that the service itself looks objects up by.
pub fn lookup_fields(class: &ClassName) -> &'static [&'static str] {
    match class.as_str() {
        "_Session" => &["user"],
        "Capture" | "Trap" => &["hunter"],
        "Order" => &["cat"],
        _ => &[],
    }
}
