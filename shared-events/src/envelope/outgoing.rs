//! An event on its way out: what an outbox keeps until the bus has it.

use super::Envelope;
use crate::{EventData, Topic};
use bytes::Bytes;
use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// What the producer adds to the event's own data.
#[derive(Debug, Clone)]
pub struct EventStamp {
    /// The event's id; the same event must always get the same one.
    pub id: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Its place among the producer's events about the same aggregate.
    pub sequence: Option<u64>,
    /// The trace that caused it.
    pub traceparent: Option<String>,
}

impl EventStamp {
    /// A stamp with a fresh id whose text order is its time order (UUID version 7); the time is cut to the
    /// milliseconds that travel.
    #[must_use]
    pub fn new(time: DateTime<Utc>) -> Self {
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            time: time.trunc_subsecs(3),
            sequence: None,
            traceparent: None,
        }
    }

    /// The same stamp with a place among the aggregate's events.
    #[must_use]
    pub fn with_sequence(mut self, sequence: u64) -> Self {
        self.sequence = Some(sequence);
        self
    }

    /// The same stamp with a trace context.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent;
        self
    }
}

/// An event ready to be published; serialisable, so that an outbox can keep it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingEvent {
    /// Where it goes.
    pub topic: Topic,
    /// Events with the same key are delivered in order.
    pub ordering_key: String,
    /// The event's id.
    pub id: String,
    /// The event's type name.
    pub event_type: String,
    /// When it happened.
    #[serde(with = "crate::timestamp")]
    pub time: DateTime<Utc>,
    /// Where its data may live.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jurisdiction: Option<String>,
    /// Its place among the aggregate's events.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sequence: Option<u64>,
    /// The trace that caused it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traceparent: Option<String>,
    /// The event's JSON.
    pub data: String,
}

impl OutgoingEvent {
    /// Stamps an event.
    ///
    /// # Panics
    /// Never: event data are plain structs of text and numbers, which always serialise.
    #[must_use]
    pub fn new<E: EventData>(event: &E, stamp: EventStamp) -> Self {
        let data = serde_json::to_string(event)
            .expect("event types hold only text, numbers and lists of them");
        Self {
            topic: E::TOPIC,
            ordering_key: event.aggregate_id().to_owned(),
            id: stamp.id,
            event_type: E::TYPE.to_owned(),
            time: stamp.time,
            jurisdiction: event.jurisdiction().map(str::to_owned),
            sequence: stamp.sequence,
            traceparent: stamp.traceparent,
            data,
        }
    }

    /// The envelope that travels. Its source is the service that `producer` names.
    #[must_use]
    pub fn into_envelope(self, producer: &str) -> Envelope {
        Envelope {
            id: self.id,
            source: format!("//net.miaou/{producer}"),
            event_type: self.event_type,
            time: self.time,
            subject: Some(self.ordering_key),
            jurisdiction: self.jurisdiction,
            sequence: self.sequence,
            traceparent: self.traceparent,
            data: Bytes::from(self.data),
        }
    }
}
