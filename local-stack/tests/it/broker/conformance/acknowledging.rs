//! Acknowledgements, refusals and deadlines.

use super::super::harness::{PubSub, close, expect_silence, next, receive, text};
use google_cloud_pubsub::model::Subscription;

super::cases! {
    everywhere: [
        an_acknowledged_message_does_not_come_again,
        a_refused_message_comes_again,
    ],
    beyond_emulator: [two_streams_share_the_messages],
}

async fn an_acknowledged_message_does_not_come_again(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["a"]).await;
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 1).await, ["a"]);
    close(stream).await;
    expect_silence(&mut pubsub.stream(&subscription)).await;
}

async fn a_refused_message_comes_again(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["a"]).await;
    let mut stream = pubsub.stream(&subscription);
    let (first, handler) = next(&mut stream).await;
    handler.nack();
    let (second, handler) = next(&mut stream).await;
    handler.ack();
    assert_eq!(
        (text(&first), text(&second)),
        ("a".to_owned(), "a".to_owned())
    );
    assert_eq!(first.message_id, second.message_id);
}

async fn two_streams_share_the_messages(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let (mut one, mut two) = (pubsub.stream(&subscription), pubsub.stream(&subscription));
    let mut received = Vec::new();
    for n in 0..20 {
        pubsub.publish(&topic, "", &[&n.to_string()]).await;
        let (message, handler) = tokio::select! {
            from_one = next(&mut one) => from_one,
            from_two = next(&mut two) => from_two,
        };
        received.push(text(&message));
        handler.ack();
    }
    assert_eq!(received, (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
}
