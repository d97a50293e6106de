//! Between the official client's JSON types and the protobuf messages that the broker works with.

use crate::broker::domain::refusal::Refusal;
use crate::broker::proto;
use google_cloud_pubsub::model;
use google_cloud_wkt as wkt;

pub(super) fn duration_from(duration: wkt::Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: duration.seconds(),
        nanos: duration.nanos(),
    }
}

pub(super) fn duration_to(duration: prost_types::Duration) -> wkt::Duration {
    wkt::Duration::clamp(duration.seconds, duration.nanos)
}

pub(super) fn timestamp_from(at: &wkt::Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.seconds(),
        nanos: at.nanos(),
    }
}

pub(super) fn timestamp_to(at: prost_types::Timestamp) -> wkt::Timestamp {
    wkt::Timestamp::clamp(at.seconds, at.nanos)
}

/// A setting that the broker does not have: it is refused by name, whatever is in it.
pub(super) fn unsupported(what: &str) -> Refusal {
    Refusal::Unimplemented(format!("The local broker has no {what}."))
}

pub(super) fn message_from(message: model::Message) -> proto::PubsubMessage {
    proto::PubsubMessage {
        data: message.data,
        attributes: message.attributes,
        ordering_key: message.ordering_key,
        ..proto::PubsubMessage::default()
    }
}

pub(super) fn message_to(message: proto::PubsubMessage) -> model::Message {
    model::Message::new()
        .set_data(message.data)
        .set_attributes(message.attributes)
        .set_message_id(message.message_id)
        .set_or_clear_publish_time(message.publish_time.map(timestamp_to))
        .set_ordering_key(message.ordering_key)
}
