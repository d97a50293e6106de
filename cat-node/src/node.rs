//! What every use case works with: the store, the clock, the settings, and the memory of sessions and classes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use service_chassis::clock::Clock;
use tokio::sync::Notify;

use crate::auth_providers::AuthProviders;
use crate::caller::LiveSession;
use crate::cloud_functions::CommandFunctions;
use crate::config::ParseSettings;
use crate::diagnostics::Diagnostics;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object_id::new_object_id;
use crate::domain::schema::ClassSchema;
use crate::mail::pending;
use crate::passwords::Passwords;
use crate::storage::{Storage, StorageError, Transaction, Write};
use crate::timed_cache::TimedCache;
use crate::user_rules::UserRules;
use crate::webhook::Webhooks;

/// The longest that a memory can be asked to last: a year.
const MAX_MEMORY: TimeDelta = TimeDelta::days(365);
/// Classes that are remembered.
const MAX_CLASSES: usize = 1_000;

/// A running cat-node, without its doors.
#[derive(Clone)]
pub struct Node {
    pub storage: Arc<dyn Storage>,
    pub clock: Arc<dyn Clock>,
    pub settings: ParseSettings,
    /// What the settings say of users.
    pub rules: UserRules,
    pub passwords: Passwords,
    pub auth: Arc<AuthProviders>,
    pub webhooks: Arc<Webhooks>,
    /// Whether mails can be sent: with a mailer, and a public address for their links.
    pub can_mail: bool,
    /// Told after every commit that left a mail to send.
    pub postman: Arc<Notify>,
    pub functions: CommandFunctions,
    /// Told after every commit that recorded events.
    pub relay: Arc<Notify>,
    /// By session token.
    pub(crate) sessions: TimedCache<String, Arc<LiveSession>>,
    schemas: TimedCache<ClassName, Arc<ClassSchema>>,
    pub diagnostics: Diagnostics,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("storage", &self.storage)
            .finish_non_exhaustive()
    }
}

impl Node {
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        settings: ParseSettings,
        relay: Arc<Notify>,
    ) -> Self {
        let functions =
            CommandFunctions::new(Arc::clone(&storage), Arc::clone(&clock), Arc::clone(&relay));
        let can_mail = settings.email_adapter.is_some()
            && settings.app_name.is_some()
            && settings.public_server_url.is_some();
        let age = milliseconds(settings.cache_ttl);
        let sessions = TimedCache::new(age, settings.cache_max_size);
        let schema_age = settings.database_options.schema_cache_ttl;
        let schemas = TimedCache::new(schema_age.map_or(age, milliseconds), MAX_CLASSES);
        Self {
            storage,
            clock,
            rules: UserRules::of(&settings),
            webhooks: Arc::new(Webhooks::new(settings.webhook_key.clone())),
            can_mail,
            postman: Arc::default(),
            settings,
            passwords: Passwords::new(),
            auth: Arc::default(),
            functions,
            relay,
            sessions,
            schemas,
            diagnostics: Diagnostics::default(),
        }
    }

    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: Diagnostics) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// The same with these providers of users' identities.
    #[must_use]
    pub fn with_auth(mut self, auth: AuthProviders) -> Self {
        self.auth = Arc::new(auth);
        self
    }

    /// The same, on another store.
    #[must_use]
    pub fn on(&self, storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            ..self.clone()
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn new_id(&self) -> ObjectId {
        new_object_id(&mut rand::rng(), self.settings.object_id_size)
    }

    /// The class as it is, or was a moment ago; `None` when it does not exist.
    pub async fn schema(
        &self,
        class: &ClassName,
    ) -> Result<Option<Arc<ClassSchema>>, StorageError> {
        let now = self.now();
        if let Some(schema) = self.schemas.get(class, now) {
            return Ok(Some(schema));
        }
        let Some(schema) = self.storage.schema(class).await? else {
            return Ok(None);
        };
        let schema = Arc::new(schema);
        self.schemas.put(class.clone(), Arc::clone(&schema), now);
        Ok(Some(schema))
    }

    /// The class for reading: one that does not exist is like one without fields.
    pub async fn schema_or_empty(
        &self,
        class: &ClassName,
    ) -> Result<Arc<ClassSchema>, StorageError> {
        let schema = self.schema(class).await?;
        Ok(schema.unwrap_or_else(|| Arc::new(ClassSchema::new(class.clone()))))
    }

    pub(crate) fn remember_schema(&self, schema: ClassSchema) -> Arc<ClassSchema> {
        let schema = Arc::new(schema);
        self.schemas
            .put(schema.class.clone(), Arc::clone(&schema), self.now());
        schema
    }

    pub(crate) fn forget_schema(&self, class: &ClassName) {
        self.schemas.forget(class);
    }

    /// Commits, forgets what the writes made stale, and wakes the relay when there are events to publish.
    pub async fn commit(
        &self,
        transaction: Transaction,
    ) -> Result<Vec<Option<ParseObject>>, StorageError> {
        let has_events = !transaction.events.is_empty();
        let has_mail = transaction
            .writes
            .iter()
            .any(|write| *write.class() == pending::CLASS);
        let ends_sessions = transaction.writes.iter().any(|write| match write {
            Write::DeleteWhere { class, .. } => *class == ClassName::SESSION,
            other => *other.class() == ClassName::ROLE,
        });
        let results = self.storage.commit(transaction).await?;
        if ends_sessions {
            self.sessions.forget_all();
        }
        if has_events {
            self.relay.notify_one();
        }
        if has_mail {
            self.postman.notify_one();
        }
        Ok(results)
    }

    /// Forgets what is remembered of a user's sessions: it changed, or they ended.
    pub(crate) fn forget_sessions_of(&self, user: &ObjectId) {
        self.sessions.forget_if(|session| session.user.id == *user);
    }
}

/// How long something is remembered that another process may have changed.
fn milliseconds(age: u64) -> TimeDelta {
    let age = i64::try_from(age)
        .ok()
        .and_then(TimeDelta::try_milliseconds);
    age.map_or(MAX_MEMORY, |age| age.min(MAX_MEMORY))
}
