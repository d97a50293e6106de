//! Keeps a subscription received, whatever the bus does.

use crate::events::incoming::Incoming;
use service_chassis::{metrics::Metrics, running::RunError};
use shared_events::{
    Subscription,
    bus::{Bus, ConsumeError, Consumer},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long to wait before receiving is tried again after it ended.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Receives until `stop`.
pub(super) async fn keep(
    bus: Bus,
    subscription: Subscription,
    incoming: Incoming,
    metrics: Metrics,
    stop: CancellationToken,
) -> Result<(), RunError> {
    while !stop.is_cancelled() {
        let received = receive(&bus, subscription, &incoming, &metrics, stop.clone()).await;
        if let Err(error) = received {
            warn_of(&error, subscription);
            tokio::select! { () = tokio::time::sleep(RETRY_AFTER) => {}, () = stop.cancelled() => {} }
        }
    }
    Ok(())
}

async fn receive(
    bus: &Bus,
    subscription: Subscription,
    incoming: &Incoming,
    metrics: &Metrics,
    stop: CancellationToken,
) -> Result<(), ConsumeError> {
    let consumer = Consumer::new(bus, subscription, incoming.clone()).await?;
    metrics.watch_consumer(&subscription.name(), &consumer.stats());
    consumer.run(stop).await
}

fn warn_of(error: &ConsumeError, subscription: Subscription) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(
        error,
        subscription = subscription.name(),
        "nothing is received; trying again"
    );
}
