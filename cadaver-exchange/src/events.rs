//! What crosses the service's border: events and commands in, events out.

pub mod incoming;
pub mod outbox;
pub mod outgoing;
pub mod terms;
