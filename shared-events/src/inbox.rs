//! The promise that no effect happens twice: what a consumer has done is remembered, in the same atomic
//! write as the effect, by (event id, consumer). Consumers with a natural key do not need it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// How long a record is kept: longer than any Pub/Sub keeps a message (31 days).
pub const RETENTION_DAYS: i64 = 40;

/// The database could not serve the inbox.
#[derive(Debug, thiserror::Error)]
#[error("the inbox could not {attempted}")]
pub struct InboxError {
    /// What was attempted.
    pub attempted: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The memory of what was done. Recording happens inside each adapter's own transaction; this half only
/// asks and tidies.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Those of `event_ids` that `consumer` has already dealt with.
    async fn seen(&self, consumer: &str, event_ids: &[String]) -> Result<Vec<String>, InboxError>;

    /// Forgets what was recorded before `time`; how many records that were.
    async fn forget_before(&self, time: DateTime<Utc>) -> Result<u64, InboxError>;
}
