//! The topology as one JSON document: the input of Terraform and of whoever else creates topics.

use super::{
    ACK_DEADLINE_SECONDS, ALLOWED_REGIONS, MAX_BACKOFF_SECONDS, MAX_DELIVERY_ATTEMPTS,
    MIN_BACKOFF_SECONDS, RETENTION_SECONDS, SUBSCRIPTIONS, Subscription, Topic,
};
use serde_json::{Value, json};

/// The document. Dead-letter topics and their subscriptions are listed like all others.
#[must_use]
pub fn document() -> Value {
    let mut topics: Vec<Value> = Topic::ALL
        .iter()
        .map(|topic| json!({ "name": topic.name(), "producer": topic.producer() }))
        .collect();
    let mut subscriptions = Vec::new();
    for subscription in SUBSCRIPTIONS {
        let dead_letters = subscription.dead_letter_name();
        topics.push(json!({ "name": dead_letters, "producer": subscription.consumer }));
        subscriptions.push(consumer(subscription));
        subscriptions.push(json!({
            "name": dead_letters,
            "topic": dead_letters,
            "consumer": "operators",
            "ack_deadline_seconds": ACK_DEADLINE_SECONDS,
            "message_retention_seconds": RETENTION_SECONDS,
        }));
    }
    json!({ "allowed_regions": ALLOWED_REGIONS, "topics": topics, "subscriptions": subscriptions })
}

fn consumer(subscription: &Subscription) -> Value {
    json!({
        "name": subscription.name(),
        "topic": subscription.topic.name(),
        "consumer": subscription.consumer,
        "filter": subscription.filter(),
        "enable_message_ordering": true,
        "ack_deadline_seconds": ACK_DEADLINE_SECONDS,
        "message_retention_seconds": RETENTION_SECONDS,
        "retry": { "minimum_backoff_seconds": MIN_BACKOFF_SECONDS, "maximum_backoff_seconds": MAX_BACKOFF_SECONDS },
        "dead_letter": { "topic": subscription.dead_letter_name(), "max_delivery_attempts": MAX_DELIVERY_ATTEMPTS },
    })
}
