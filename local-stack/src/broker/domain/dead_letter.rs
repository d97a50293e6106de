//! What a message looks like on a dead-letter topic.

use super::limits::{MAX_ATTRIBUTE_KEY_BYTES, MAX_ATTRIBUTE_VALUE_BYTES};
use super::names::{Collection, id_of, project_of};
use crate::broker::proto::PubsubMessage;
use chrono::{DateTime, SecondsFormat};

const PREFIX: &str = "CloudPubSubDeadLetter";

/// Prepares a message for the dead-letter topic: Google's attributes say where it comes from.
pub(crate) fn prepare(
    mut message: PubsubMessage,
    subscription: &str,
    attempts: u32,
) -> PubsubMessage {
    let published = message.publish_time.unwrap_or_default();
    let published = DateTime::from_timestamp(
        published.seconds,
        u32::try_from(published.nanos).unwrap_or(0),
    )
    .unwrap_or_default();
    let id = id_of(Collection::Subscriptions, subscription).unwrap_or(subscription);
    let project = project_of(subscription).trim_start_matches("projects/");
    for (name, value) in [
        ("SourceSubscription", id.to_owned()),
        ("SourceSubscriptionProject", project.to_owned()),
        ("SourceDeliveryCount", attempts.to_string()),
        (
            "SourceTopicPublishTime",
            published.to_rfc3339_opts(SecondsFormat::Millis, true),
        ),
        ("SourceMessageId", message.message_id.clone()),
    ] {
        debug_assert!(PREFIX.len() + name.len() <= MAX_ATTRIBUTE_KEY_BYTES);
        debug_assert!(value.len() <= MAX_ATTRIBUTE_VALUE_BYTES);
        message.attributes.insert(format!("{PREFIX}{name}"), value);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_named() {
        let message = PubsubMessage {
            message_id: "7".to_owned(),
            ..PubsubMessage::default()
        };
        let dead = prepare(message, "projects/p/subscriptions/abc", 5);
        assert_eq!(
            dead.attributes["CloudPubSubDeadLetterSourceSubscription"],
            "abc"
        );
        assert_eq!(
            dead.attributes["CloudPubSubDeadLetterSourceSubscriptionProject"],
            "p"
        );
        assert_eq!(
            dead.attributes["CloudPubSubDeadLetterSourceDeliveryCount"],
            "5"
        );
        assert_eq!(
            dead.attributes["CloudPubSubDeadLetterSourceTopicPublishTime"],
            "1970-01-01T00:00:00.000Z"
        );
    }
}
