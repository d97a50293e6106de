//! The retry policy.

use super::super::harness::{PubSub, next};
use google_cloud_pubsub::model::{RetryPolicy, Subscription};
use google_cloud_wkt::Duration;
use std::time::Instant;

super::cases! {
    everywhere: [],
    beyond_emulator: [a_redelivery_waits_and_waits_longer_each_time],
}

async fn a_redelivery_waits_and_waits_longer_each_time(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let policy = RetryPolicy::new()
        .set_minimum_backoff(Duration::clamp(0, 500_000_000))
        .set_maximum_backoff(Duration::clamp(1, 0));
    let settings = Subscription::new().set_retry_policy(policy);
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    pubsub.publish(&topic, "", &["a"]).await;
    let mut stream = pubsub.stream(&subscription);
    let (_, handler) = next(&mut stream).await;
    let mut last = Instant::now();
    handler.nack();
    for least_ms in [500, 1_000, 1_000] {
        let (_, handler) = next(&mut stream).await;
        let waited = last.elapsed().as_millis();
        assert!(waited >= least_ms, "{waited} ms, but at least {least_ms}");
        last = Instant::now();
        handler.nack();
    }
}
