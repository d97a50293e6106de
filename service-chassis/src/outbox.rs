//! The outbox in each database: appended to inside the transaction that stores the state.

pub mod mongodb;
pub mod sqlite;

use shared_events::outbox::OutboxError;

fn failed(
    attempted: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> OutboxError {
    OutboxError {
        attempted,
        source: Box::new(source),
    }
}
