//! Exactly-once delivery: acknowledgements are confirmed.

use super::super::harness::{PubSub, close, expect_silence, next};
use google_cloud_pubsub::model::Subscription;
use google_cloud_pubsub::subscriber::handler::Handler;

super::cases! {
    everywhere: [a_confirmed_acknowledgement_is_final],
    beyond_emulator: [a_confirmed_refusal_brings_the_message_again],
}

fn exactly_once() -> Subscription {
    Subscription::new().set_enable_exactly_once_delivery(true)
}

fn exact(handler: Handler) -> google_cloud_pubsub::subscriber::handler::ExactlyOnce {
    let Handler::ExactlyOnce(handler) = handler else {
        panic!("the subscription is exactly-once")
    };
    handler
}

async fn a_confirmed_acknowledgement_is_final(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, exactly_once())
        .await;
    pubsub.publish(&topic, "", &["a"]).await;
    let mut stream = pubsub.stream(&subscription);
    let (_, handler) = next(&mut stream).await;
    exact(handler).confirmed_ack().await.unwrap();
    close(stream).await;
    expect_silence(&mut pubsub.stream(&subscription)).await;
}

async fn a_confirmed_refusal_brings_the_message_again(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, exactly_once())
        .await;
    pubsub.publish(&topic, "", &["a"]).await;
    let mut stream = pubsub.stream(&subscription);
    let (first, handler) = next(&mut stream).await;
    exact(handler).confirmed_nack().await.unwrap();
    let (second, handler) = next(&mut stream).await;
    assert_eq!(first.message_id, second.message_id);
    exact(handler).confirmed_ack().await.unwrap();
}
