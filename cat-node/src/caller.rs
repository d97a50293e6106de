//! Who is asking: with which key, as which user, from which installation.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::acl::Access;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ObjectId;
use crate::domain::object::ParseObject;

/// The key that a request came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Client,
    Master,
    /// Reads like the master, writes nothing.
    ReadOnlyMaster,
    /// No master, yet above access lists, and with the fields that are the service's own.
    Maintenance,
}

/// A session that is good now.
#[derive(Debug, Clone)]
pub struct LiveSession {
    pub id: ObjectId,
    pub token: String,
    pub user: ParseObject,
    pub expires_at: Option<DateTime<Utc>>,
    /// `*`, the user's id, and `role:NAME` of each of its roles, inherited ones included.
    pub grants: Vec<String>,
}

/// The one on whose behalf a request is done.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key: Key,
    pub session: Option<Arc<LiveSession>>,
    pub installation_id: Option<String>,
}

impl Caller {
    /// The service itself.
    pub fn master() -> Self {
        Self {
            key: Key::Master,
            session: None,
            installation_id: None,
        }
    }

    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self {
            key: Key::Client,
            ..Self::master()
        }
    }

    /// The same request, as this user's own and with no more than that user's rights.
    #[must_use]
    pub fn as_user(&self, session: LiveSession) -> Self {
        Self {
            key: Key::Client,
            session: Some(Arc::new(session)),
            installation_id: self.installation_id.clone(),
        }
    }

    /// Whether it may use what needs a master key.
    pub fn is_master(&self) -> bool {
        matches!(self.key, Key::Master | Key::ReadOnlyMaster)
    }

    /// Whether access lists, class rules and permissions are left aside.
    pub fn is_unrestricted(&self) -> bool {
        self.is_master() || self.key == Key::Maintenance
    }

    pub fn user(&self) -> Option<&ParseObject> {
        self.session.as_ref().map(|session| &session.user)
    }

    pub fn is_user(&self, id: &ObjectId) -> bool {
        self.user().is_some_and(|user| user.id == *id)
    }

    pub fn grants(&self) -> Vec<String> {
        match &self.session {
            Some(session) => session.grants.clone(),
            None => vec![crate::domain::acl::PUBLIC.to_owned()],
        }
    }

    pub fn access(&self) -> Access {
        if self.is_unrestricted() {
            Access::Master
        } else {
            Access::Grants(self.grants())
        }
    }

    /// Refuses writes with the key that only reads; `deed` is what it may not do: `update the config`.
    pub fn check_may(&self, deed: &str) -> Result<(), ParseError> {
        match self.key {
            Key::ReadOnlyMaster => Err(ParseError::denied(
                ErrorCode::OPERATION_FORBIDDEN,
                format!("read-only masterKey isn't allowed to {deed}."),
            )),
            Key::Client | Key::Master | Key::Maintenance => Ok(()),
        }
    }

    /// Refuses writes with the key that only reads.
    pub fn check_may_write(&self) -> Result<(), ParseError> {
        self.check_may("perform the write operation")
    }
}
