//! Dead letters.

use super::super::harness::{PubSub, expect_silence, next, text};
use google_cloud_pubsub::model::{DeadLetterPolicy, Subscription};

super::cases! {
    everywhere: [a_message_moves_after_its_attempts],
    beyond_emulator: [the_next_of_a_key_follows_a_dead_letter],
}

fn dead_lettering(topic: &str) -> Subscription {
    let policy = DeadLetterPolicy::new()
        .set_dead_letter_topic(topic)
        .set_max_delivery_attempts(5);
    Subscription::new().set_dead_letter_policy(policy)
}

async fn a_message_moves_after_its_attempts(pubsub: &PubSub) {
    let (topic, dead) = (
        pubsub.create_topic("mice").await,
        pubsub.create_topic("dead").await,
    );
    let graves = pubsub
        .create_subscription("graves", &dead, Subscription::new())
        .await;
    let subscription = pubsub
        .create_subscription("cats", &topic, dead_lettering(&dead))
        .await;
    pubsub.publish(&topic, "", &["poison"]).await;
    let mut stream = pubsub.stream(&subscription);
    for attempt in 1..=5 {
        let (_, handler) = next(&mut stream).await;
        assert_eq!(handler.delivery_attempt(), Some(attempt));
        handler.nack();
    }
    let (buried, handler) = next(&mut pubsub.stream(&graves)).await;
    handler.ack();
    assert_eq!(text(&buried), "poison");
    let attribute = |name: &str| buried.attributes[&format!("CloudPubSubDeadLetter{name}")].clone();
    assert_eq!(attribute("SourceSubscription"), "cats");
    assert_eq!(attribute("SourceDeliveryCount"), "5");
    assert_eq!(
        format!("projects/{}", attribute("SourceSubscriptionProject")),
        pubsub.project()
    );
    assert!(!attribute("SourceTopicPublishTime").is_empty());
    expect_silence(&mut stream).await;
}

async fn the_next_of_a_key_follows_a_dead_letter(pubsub: &PubSub) {
    let (topic, dead) = (
        pubsub.create_topic("mice").await,
        pubsub.create_topic("dead").await,
    );
    let settings = dead_lettering(&dead).set_enable_message_ordering(true);
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    pubsub.publish(&topic, "k", &["poison", "fine"]).await;
    let mut stream = pubsub.stream(&subscription);
    for _ in 0..5 {
        let (message, handler) = next(&mut stream).await;
        assert_eq!(text(&message), "poison");
        handler.nack();
    }
    let (message, _) = next(&mut stream).await;
    assert_eq!(text(&message), "fine");
}
