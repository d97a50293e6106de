//! Ordering keys.

use super::super::harness::{PubSub, close, expect_silence, message, next, receive, text};
use google_cloud_pubsub::model::Subscription;

super::cases! {
    everywhere: [messages_of_a_key_arrive_in_order],
    beyond_emulator: [
        a_later_message_waits_for_the_earlier,
        a_refused_message_comes_again_before_the_later,
        keys_do_not_wait_for_each_other,
        a_window_lets_more_of_a_key_out_and_recalls_them,
    ],
}

fn ordered() -> Subscription {
    Subscription::new().set_enable_message_ordering(true)
}

async fn messages_of_a_key_arrive_in_order(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub.create_subscription("cats", &topic, ordered()).await;
    let publisher = pubsub.publisher(&topic);
    let sent: Vec<_> = (0..12)
        .flat_map(|n| ["a", "b"].map(|key| message(&format!("{key}{n}")).set_ordering_key(key)))
        .map(|message| publisher.publish(message))
        .collect();
    for future in sent {
        future.await.unwrap();
    }
    let received = receive(&mut pubsub.stream(&subscription), 24).await;
    for key in ["a", "b"] {
        let of_key: Vec<_> = received
            .iter()
            .filter(|text| text.starts_with(key))
            .collect();
        let expected: Vec<_> = (0..12).map(|n| format!("{key}{n}")).collect();
        assert_eq!(of_key, expected.iter().collect::<Vec<_>>());
    }
}

async fn a_later_message_waits_for_the_earlier(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub.create_subscription("cats", &topic, ordered()).await;
    pubsub.publish(&topic, "k", &["0", "1"]).await;
    let mut stream = pubsub.stream(&subscription);
    let (first, handler) = next(&mut stream).await;
    assert_eq!(text(&first), "0");
    expect_silence(&mut stream).await;
    handler.ack();
    assert_eq!(receive(&mut stream, 1).await, ["1"]);
}

async fn a_refused_message_comes_again_before_the_later(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub.create_subscription("cats", &topic, ordered()).await;
    pubsub.publish(&topic, "k", &["0", "1", "2", "3"]).await;
    let mut stream = pubsub.stream(&subscription);
    let mut seen = Vec::new();
    while seen.len() < 5 {
        let (message, handler) = next(&mut stream).await;
        let text = text(&message);
        if text == "1" && !seen.contains(&text) {
            handler.nack();
        } else {
            handler.ack();
        }
        seen.push(text);
    }
    assert_eq!(seen, ["0", "1", "1", "2", "3"]);
}

async fn keys_do_not_wait_for_each_other(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub.create_subscription("cats", &topic, ordered()).await;
    pubsub.publish(&topic, "slow", &["slow"]).await;
    let mut stream = pubsub.stream(&subscription);
    let (_slow, _held) = next(&mut stream).await;
    pubsub.publish(&topic, "slow", &["waits"]).await;
    pubsub.publish(&topic, "fast", &["f0", "f1"]).await;
    pubsub.publish(&topic, "", &["none"]).await;
    let mut received = receive(&mut stream, 3).await;
    received.sort();
    assert_eq!(received, ["f0", "f1", "none"]);
}

async fn a_window_lets_more_of_a_key_out_and_recalls_them(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let settings = ordered().set_labels([("ordered-window", "3")]);
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    pubsub.publish(&topic, "k", &["0", "1", "2", "3"]).await;
    let mut stream = pubsub.stream(&subscription);
    let mut out = Vec::new();
    for _ in 0..3 {
        out.push(next(&mut stream).await);
    }
    expect_silence(&mut stream).await;
    let (_, first) = out.remove(0);
    first.nack();
    let (again, handler) = next(&mut stream).await;
    assert_eq!(text(&again), "0");
    // The later two are recalled: their acknowledgements do not count.
    for (_, later) in out {
        later.ack();
    }
    handler.ack();
    assert_eq!(receive(&mut stream, 3).await, ["1", "2", "3"]);
    close(stream).await;
}
