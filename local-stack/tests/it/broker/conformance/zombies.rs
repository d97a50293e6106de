//! Consumers that go away: their messages go to others at once.

use super::super::harness::{PATIENCE, PubSub, close, expect_silence, next, receive};
use google_cloud_pubsub::model::Subscription;
use std::time::{Duration, Instant};

super::cases! {
    everywhere: [],
    beyond_emulator: [acknowledgements_that_follow_the_closing_count, a_closed_stream_gives_its_messages_back, closed_streams_leave_no_zombies],
}

async fn a_closed_stream_gives_its_messages_back(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["0", "1", "2"]).await;
    let mut first = pubsub.stream(&subscription);
    let (_message, _held) = next(&mut first).await;
    drop(first);
    let start = Instant::now();
    let mut received = receive(&mut pubsub.stream(&subscription), 3).await;
    received.sort();
    assert_eq!(received, ["0", "1", "2"]);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

async fn acknowledgements_that_follow_the_closing_count(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let mut other = pubsub.stream(&subscription);
    for round in 0..5 {
        let mut stream = pubsub.stream(&subscription);
        pubsub.publish(&topic, "", &[&round.to_string()]).await;
        tokio::select! {
            _ = receive(&mut stream, 1) => {}
            _ = receive(&mut other, 1) => {}
        }
        close(stream).await;
        expect_silence(&mut other).await;
    }
}

async fn closed_streams_leave_no_zombies(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    for round in 0..4 {
        let mut idle = pubsub.stream(&subscription);
        let opened = tokio::time::timeout(Duration::from_millis(50), idle.next()).await;
        assert!(opened.is_err(), "nothing was published");
        drop(idle);
        pubsub.publish(&topic, "", &[&round.to_string()]).await;
        let mut stream = pubsub.stream(&subscription);
        let received = tokio::time::timeout(PATIENCE / 4, receive(&mut stream, 1)).await;
        assert_eq!(received.expect("in time"), [round.to_string()]);
        close(stream).await;
    }
}
