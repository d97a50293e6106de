//! Flow control: a stream has no more outstanding than it asked for.

use super::super::harness::{PubSub, expect_silence, next, receive};
use google_cloud_pubsub::model::Subscription;

super::cases! {
    everywhere: [],
    beyond_emulator: [a_stream_has_no_more_outstanding_than_it_asked_for],
}

async fn a_stream_has_no_more_outstanding_than_it_asked_for(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["0", "1", "2", "3", "4"]).await;
    let mut stream = pubsub.stream_of(&subscription, 3);
    let mut outstanding = Vec::new();
    for _ in 0..3 {
        outstanding.push(next(&mut stream).await.1);
    }
    expect_silence(&mut stream).await;
    outstanding.pop().unwrap().ack();
    assert_eq!(receive(&mut stream, 1).await, ["3"]);
    outstanding.into_iter().for_each(|handler| handler.ack());
    assert_eq!(receive(&mut stream, 1).await, ["4"]);
}
