//! Keeps a subscription received, whatever the bus does: a broker that restarts or a topology that comes late stops nothing.

use super::SERVICE;
use service_chassis::metrics::Metrics;
use service_chassis::running::RunError;
use shared_events::bus::{BatchHandler, Bus, ConsumeError, Consumer};
use shared_events::{Subscription, Topic};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long to wait before receiving is tried again after it ended.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Receives our subscription to `topic` until `stop`.
pub(super) async fn keep<H: BatchHandler + Clone>(
    bus: Bus,
    topic: Topic,
    handler: H,
    metrics: Metrics,
    stop: CancellationToken,
) -> Result<(), RunError> {
    for subscription in Subscription::of(SERVICE).filter(|own| own.topic == topic) {
        while !stop.is_cancelled() {
            if let Err(error) =
                receive(&bus, subscription, handler.clone(), &metrics, stop.clone()).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    subscription = subscription.name(),
                    "nothing is received; trying again"
                );
                tokio::select! { () = tokio::time::sleep(RETRY_AFTER) => {}, () = stop.cancelled() => {} }
            }
        }
    }
    Ok(())
}

async fn receive<H: BatchHandler>(
    bus: &Bus,
    subscription: Subscription,
    handler: H,
    metrics: &Metrics,
    stop: CancellationToken,
) -> Result<(), ConsumeError> {
    let consumer = Consumer::new(bus, subscription, handler).await?;
    metrics.watch_consumer(&subscription.name(), &consumer.stats());
    consumer.run(stop).await
}
