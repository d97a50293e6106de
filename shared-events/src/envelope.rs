//! The CloudEvents 1.0 envelope and its Pub/Sub form.
//!
//! Written in **binary mode**: the message's data is the event's JSON and every attribute travels as
//! a `ce-` Pub/Sub attribute. Read in binary and in structured mode. Source of the rules: the CloudEvents
//! specification 1.0 and Google's Pub/Sub protocol binding for it.

mod attributes;
mod outgoing;
mod structured;

pub use attributes::DecodeEnvelopeError;
pub use outgoing::{EventStamp, OutgoingEvent};

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// The version of CloudEvents that is spoken.
pub const SPEC_VERSION: &str = "1.0";

/// The content type of all event data.
pub const CONTENT_TYPE: &str = "application/json";

/// An event as it travels: who said what about which thing, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Unique with `source`; a repeated delivery or publication repeats it.
    pub id: String,
    /// Who said it, for example `//net.miaou/mouse-trap`.
    pub source: String,
    /// What it is, for example `net.miaou.mouse-trap.rodent-caught.v1`.
    pub event_type: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The aggregate that it is about.
    pub subject: Option<String>,
    /// Where its data may live, for example `CA`.
    pub jurisdiction: Option<String>,
    /// Grows with each event of the producer about the same aggregate.
    pub sequence: Option<u64>,
    /// The W3C trace context of whoever caused it.
    pub traceparent: Option<String>,
    /// The event itself, as JSON.
    pub data: Bytes,
}
