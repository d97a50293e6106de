//! Publishing and receiving.

use super::super::harness::{PubSub, close, expect_silence, message, next, receive, text};
use google_cloud_pubsub::model::Subscription;
use std::collections::HashSet;

super::cases! {
    everywhere: [
        a_message_arrives_as_it_was_published,
        every_subscription_gets_every_message,
        a_subscription_gets_nothing_from_before_it,
        many_messages_arrive_once_each,
        a_large_message_arrives,
    ],
    beyond_emulator: [],
}

async fn a_message_arrives_as_it_was_published(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let sent = message("mouse")
        .set_attributes([("kind", "mouse"), ("empty", "")])
        .set_ordering_key("trap-7");
    let id = pubsub.publisher(&topic).publish(sent).await.unwrap();
    let mut stream = pubsub.stream(&subscription);
    let (received, handler) = next(&mut stream).await;
    assert_eq!(text(&received), "mouse");
    assert_eq!(received.message_id, id);
    assert_eq!(received.ordering_key, "trap-7");
    assert_eq!(received.attributes["kind"], "mouse");
    assert_eq!(received.attributes["empty"], "");
    assert_eq!(received.attributes.len(), 2);
    assert!(received.publish_time.is_some());
    assert_eq!(handler.delivery_attempt(), None);
    handler.ack();
}

async fn every_subscription_gets_every_message(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let first = pubsub
        .create_subscription("first", &topic, Subscription::new())
        .await;
    let second = pubsub
        .create_subscription("second", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["a"]).await;
    for subscription in [first, second] {
        assert_eq!(receive(&mut pubsub.stream(&subscription), 1).await, ["a"]);
    }
}

async fn a_subscription_gets_nothing_from_before_it(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    pubsub.publish(&topic, "", &["before"]).await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["after"]).await;
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 1).await, ["after"]);
    expect_silence(&mut stream).await;
}

async fn many_messages_arrive_once_each(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let mut stream = pubsub.stream(&subscription);
    let publisher = pubsub.publisher(&topic);
    let published: Vec<_> = (0..2_000)
        .map(|i| publisher.publish(message(&i.to_string())))
        .collect();
    for future in published {
        future.await.unwrap();
    }
    let received: HashSet<String> = receive(&mut stream, 2_000).await.into_iter().collect();
    assert_eq!(received.len(), 2_000);
    expect_silence(&mut stream).await;
    close(stream).await;
}

async fn a_large_message_arrives(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let large = "m".repeat(3_000_000);
    pubsub
        .publisher(&topic)
        .publish(message(&large))
        .await
        .unwrap();
    assert_eq!(receive(&mut pubsub.stream(&subscription), 1).await, [large]);
}
