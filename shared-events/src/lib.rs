//! The contracts of Catweb: what the services say to each other and how it travels.
//!
//! Everything that crosses a service's border is here: the typed events and commands ([`events`]), their
//! CloudEvents envelope ([`envelope`]), the topics and subscriptions as data ([`topology`]), the binding to
//! Google Pub/Sub ([`bus`]), and the two promises that make delivery safe: the [`outbox`] (no committed event
//! is lost) and the [`inbox`] (no effect happens twice). Nothing here knows a database or a service.

pub mod bus;
pub mod dead_letter;
pub mod envelope;
pub mod events;
pub mod id;
pub mod inbox;
pub mod outbox;
pub mod timestamp;
pub mod topology;

pub use envelope::{Envelope, EventStamp, OutgoingEvent};
pub use events::{Event, EventData};
pub use topology::{Subscription, Topic};
