//! Cats by their access tokens: signed by cat-node, verified here offline, with keys and revocations that
//! arrive over the bus and are kept in the service's own database.

mod claims;
mod mongodb;
mod sqlite;
mod verified;
mod verifier;

pub use claims::{Claims, LIFETIME_SECONDS};
pub use mongodb::MongodbKeyring;
pub use sqlite::{MIGRATIONS, SqliteKeyring};
pub use verifier::{AccessTokenError, AccessTokens};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use shared_events::events::cat_node::KeysPublished;

/// What cat-node writes as `iss`, and verifiers demand.
pub const ISSUER: &str = "cat-node";

/// The keyring could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the keyring could not {attempted}")]
pub struct KeyringError {
    /// What was attempted.
    pub attempted: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl KeyringError {
    fn because(
        attempted: &'static str,
    ) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |source| Self { attempted, source }
    }
}

/// A session that was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The session's id, the claim `sid`.
    pub session: String,
    /// When it ended.
    pub revoked_at: DateTime<Utc>,
}

/// Keys and revocations on disk.
#[async_trait]
pub trait Keyring: Send + Sync + 'static {
    /// The newest keys, if any have arrived, and all revocations that are kept.
    async fn load(&self) -> Result<(Option<KeysPublished>, Vec<Revocation>), KeyringError>;

    /// Keeps keys in place of the older ones.
    async fn keep_keys(&self, keys: &KeysPublished) -> Result<(), KeyringError>;

    /// Keeps revocations, and forgets those from before `obsolete`: no token of theirs is alive.
    async fn keep_revocations(
        &self,
        revocations: &[Revocation],
        obsolete: DateTime<Utc>,
    ) -> Result<(), KeyringError>;
}
