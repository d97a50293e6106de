//! Filters.

use super::super::harness::{PubSub, expect_silence, message, receive};
use google_cloud_pubsub::model::Subscription;

super::cases! {
    everywhere: [],
    beyond_emulator: [only_matching_messages_arrive, a_bad_filter_is_refused],
}

async fn only_matching_messages_arrive(pubsub: &PubSub) {
    let topic = pubsub.create_topic("rodents").await;
    let filter = "attributes.kind = \"mouse\" AND NOT hasPrefix(attributes.grade, \"sp\")";
    let settings = Subscription::new().set_filter(filter);
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    let publisher = pubsub.publisher(&topic);
    for (text, kind, grade) in [
        ("a", "rat", "prime"),
        ("b", "mouse", "spoiled"),
        ("c", "mouse", "prime"),
        ("d", "", ""),
    ] {
        let sent = message(text).set_attributes([("kind", kind), ("grade", grade)]);
        publisher.publish(sent).await.unwrap();
    }
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 1).await, ["c"]);
    expect_silence(&mut stream).await;
}

async fn a_bad_filter_is_refused(pubsub: &PubSub) {
    let topic = pubsub.create_topic("rodents").await;
    for filter in [
        "kind = mouse",
        "attributes:a AND attributes:b OR attributes:c",
        "attributes.a",
    ] {
        let request = pubsub.subscriptions().create_subscription();
        let request = request
            .set_name(pubsub.subscription_name("cats"))
            .set_topic(&topic);
        let error = request.set_filter(filter).send().await.expect_err(filter);
        assert_eq!(
            error.status().unwrap().code.name(),
            "INVALID_ARGUMENT",
            "{filter}"
        );
    }
}
