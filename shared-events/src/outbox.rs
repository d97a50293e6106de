//! The promise that no committed event is lost: state and its pending events are written together, and a
//! relay publishes what is pending until the bus has it.

mod relay;

pub use relay::{Next, Relay, RelayHandle, RelaySettings, RelayStats};

use crate::OutgoingEvent;
use async_trait::async_trait;

/// The database could not serve the outbox.
#[derive(Debug, thiserror::Error)]
#[error("the outbox could not {attempted}")]
pub struct OutboxError {
    /// What was attempted, for example `list pending events`.
    pub attempted: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A pending event and its place in the outbox.
#[derive(Debug, Clone)]
pub struct PendingEvent<P> {
    /// Where it is, for [`Outbox::remove`].
    pub position: P,
    /// The event.
    pub event: OutgoingEvent,
}

/// Pending events, stored in the same atomic write as the state that caused them.
///
/// Contract: events of one ordering key are listed in the order in which they were committed; an event is
/// listed until it is removed; removing twice is harmless.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// A place in the outbox.
    type Position: Send + Sync + Clone + 'static;

    /// The oldest pending events, at most `limit`.
    async fn pending(&self, limit: usize)
    -> Result<Vec<PendingEvent<Self::Position>>, OutboxError>;

    /// Forgets events that the bus has.
    async fn remove(&self, positions: Vec<Self::Position>) -> Result<(), OutboxError>;
}
