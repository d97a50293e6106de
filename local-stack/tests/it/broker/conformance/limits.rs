//! Names and sizes, as Google documents them.

use super::super::harness::{PubSub, message};
use google_cloud_pubsub::model::{DeadLetterPolicy, Message, PushConfig, Subscription};

super::cases! {
    everywhere: [an_empty_message_is_refused, a_short_name_is_refused],
    beyond_emulator: [bad_names_are_refused, bad_messages_are_refused, bad_settings_are_refused],
}

async fn an_empty_message_is_refused(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    assert!(
        pubsub
            .publisher(&topic)
            .publish(Message::new())
            .await
            .is_err()
    );
}

async fn a_short_name_is_refused(pubsub: &PubSub) {
    let request = pubsub
        .topics()
        .create_topic()
        .set_name(pubsub.topic_name("ab"));
    assert!(request.send().await.is_err());
}

async fn bad_names_are_refused(pubsub: &PubSub) {
    for id in ["goog-mice", "1mice", &"m".repeat(256)] {
        let request = pubsub
            .topics()
            .create_topic()
            .set_name(pubsub.topic_name(id));
        let error = request.send().await.expect_err(id);
        assert_eq!(
            error.status().unwrap().code.name(),
            "INVALID_ARGUMENT",
            "{id}"
        );
    }
}

async fn bad_messages_are_refused(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let publisher = pubsub.publisher(&topic);
    let large = "m".repeat(10 * 1024 * 1024 + 1);
    for (what, bad) in [
        (
            "reserved attribute",
            message("m").set_attributes([("goog-x", "y")]),
        ),
        (
            "long key",
            message("m").set_attributes([("k".repeat(257), "y")]),
        ),
        (
            "long value",
            message("m").set_attributes([("k", "y".repeat(1_025))]),
        ),
        (
            "long ordering key",
            message("m").set_ordering_key("k".repeat(1_025)),
        ),
        ("large", message(&large)),
    ] {
        assert!(publisher.publish(bad).await.is_err(), "{what}");
    }
    publisher
        .publish(message("fine"))
        .await
        .expect("the topic still works");
}

async fn bad_settings_are_refused(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let push = PushConfig::new().set_push_endpoint("https://example.com/push");
    let dead = DeadLetterPolicy::new()
        .set_dead_letter_topic(&topic)
        .set_max_delivery_attempts(101);
    let absent = DeadLetterPolicy::new().set_dead_letter_topic(pubsub.topic_name("absent"));
    for (settings, code) in [
        (
            Subscription::new().set_ack_deadline_seconds(9),
            "INVALID_ARGUMENT",
        ),
        (
            Subscription::new().set_ack_deadline_seconds(601),
            "INVALID_ARGUMENT",
        ),
        (
            Subscription::new().set_dead_letter_policy(dead),
            "INVALID_ARGUMENT",
        ),
        (
            Subscription::new().set_dead_letter_policy(absent),
            "NOT_FOUND",
        ),
        (Subscription::new().set_push_config(push), "UNIMPLEMENTED"),
        (
            Subscription::new().set_labels([("UPPER", "x")]),
            "INVALID_ARGUMENT",
        ),
    ] {
        let subscription = settings
            .set_name(pubsub.subscription_name("cats"))
            .set_topic(&topic);
        let request = pubsub
            .subscriptions()
            .create_subscription()
            .with_request(subscription);
        let error = request.send().await.expect_err(code);
        assert_eq!(error.status().unwrap().code.name(), code, "{error}");
    }
}
