//! Seeking to times and snapshots.

use super::super::harness::{PubSub, close, expect_silence, receive};
use google_cloud_pubsub::model::{Subscription, Topic};
use google_cloud_wkt::{Duration, Timestamp};
use std::time::SystemTime;

super::cases! {
    everywhere: [],
    beyond_emulator: [
        seeking_to_now_acknowledges_everything,
        seeking_back_brings_kept_messages_again,
        a_topic_keeps_messages_for_seeking_back,
        a_snapshot_brings_back_what_it_saw,
    ],
}

fn after(seconds: i64) -> Timestamp {
    let now = Timestamp::try_from(SystemTime::now()).unwrap();
    Timestamp::clamp(now.seconds() + seconds, now.nanos())
}

async fn seek(pubsub: &PubSub, subscription: &str, time: Timestamp) {
    let request = pubsub.subscriptions().seek().set_subscription(subscription);
    request.set_time(time).send().await.unwrap();
}

async fn seeking_to_now_acknowledges_everything(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["a", "b"]).await;
    seek(pubsub, &subscription, after(1)).await;
    let mut stream = pubsub.stream(&subscription);
    expect_silence(&mut stream).await;
    pubsub.publish(&topic, "", &["c"]).await;
    assert_eq!(receive(&mut stream, 1).await, ["c"]);
}

async fn seeking_back_brings_kept_messages_again(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let settings = Subscription::new().set_retain_acked_messages(true);
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    pubsub.publish(&topic, "", &["a", "b"]).await;
    let mut stream = pubsub.stream(&subscription);
    receive(&mut stream, 2).await;
    close(stream).await;
    seek(pubsub, &subscription, after(-60)).await;
    assert_eq!(
        receive(&mut pubsub.stream(&subscription), 2).await,
        ["a", "b"]
    );
}

async fn a_topic_keeps_messages_for_seeking_back(pubsub: &PubSub) {
    let topic = pubsub.topic_name("mice");
    let wanted = Topic::new().set_name(&topic);
    let wanted = wanted.set_message_retention_duration(Duration::clamp(3_600, 0));
    pubsub
        .topics()
        .create_topic()
        .with_request(wanted)
        .send()
        .await
        .unwrap();
    pubsub.publish(&topic, "", &["before"]).await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    seek(pubsub, &subscription, after(-60)).await;
    assert_eq!(
        receive(&mut pubsub.stream(&subscription), 1).await,
        ["before"]
    );
}

async fn a_snapshot_brings_back_what_it_saw(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["acknowledged"]).await;
    let mut stream = pubsub.stream(&subscription);
    receive(&mut stream, 1).await;
    close(stream).await;
    pubsub.publish(&topic, "", &["open"]).await;
    let snapshot = format!("{}/snapshots/spring", pubsub.project());
    let request = pubsub.subscriptions().create_snapshot().set_name(&snapshot);
    request
        .set_subscription(&subscription)
        .send()
        .await
        .unwrap();
    pubsub.publish(&topic, "", &["later"]).await;
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 2).await, ["open", "later"]);
    close(stream).await;
    let request = pubsub
        .subscriptions()
        .seek()
        .set_subscription(&subscription);
    request.set_snapshot(&snapshot).send().await.unwrap();
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 2).await, ["open", "later"]);
    expect_silence(&mut stream).await;
    pubsub
        .subscriptions()
        .delete_snapshot()
        .set_snapshot(&snapshot)
        .send()
        .await
        .unwrap();
}
