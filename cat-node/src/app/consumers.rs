//! Keeps every subscription of the service received, whatever the bus does, and tells whether it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use service_chassis::health::ReadinessCheck;
use service_chassis::metrics::Metrics;
use shared_events::Subscription;
use shared_events::bus::{Bus, ConsumeError, Consumer, ConsumerStats};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::SERVICE;
use crate::events::incoming::ProjectEvents;

/// How long to wait before receiving is tried again after it ended.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The service's subscriptions.
#[derive(Debug)]
pub(super) struct Consumers {
    bus: Bus,
    metrics: Metrics,
    stats: Mutex<BTreeMap<String, Arc<ConsumerStats>>>,
}

impl Consumers {
    pub(super) fn new(bus: Bus, metrics: Metrics) -> Self {
        Self {
            bus,
            metrics,
            stats: Mutex::default(),
        }
    }

    /// Receives all of them until `stop`; the batches at hand are finished first.
    pub(super) async fn run(self: Arc<Self>, handler: ProjectEvents, stop: CancellationToken) {
        let mut receiving = JoinSet::new();
        for subscription in Subscription::of(SERVICE) {
            receiving.spawn(Arc::clone(&self).keep(subscription, handler.clone(), stop.clone()));
        }
        receiving.join_all().await;
    }

    async fn keep(
        self: Arc<Self>,
        subscription: Subscription,
        handler: ProjectEvents,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            if let Err(error) = self
                .receive(subscription, handler.clone(), stop.clone())
                .await
            {
                let (error, subscription) = (&error as &dyn std::error::Error, subscription.name());
                tracing::warn!(error, subscription, "nothing is received; trying again");
            }
            tokio::select! { () = tokio::time::sleep(RETRY_AFTER) => {}, () = stop.cancelled() => {} }
        }
    }

    async fn receive(
        &self,
        subscription: Subscription,
        handler: ProjectEvents,
        stop: CancellationToken,
    ) -> Result<(), ConsumeError> {
        let consumer = Consumer::new(&self.bus, subscription, handler).await?;
        let stats = consumer.stats();
        self.metrics.watch_consumer(&subscription.name(), &stats);
        self.stats.lock().insert(subscription.name(), stats);
        consumer.run(stop).await
    }
}

#[async_trait]
impl ReadinessCheck for Consumers {
    fn name(&self) -> &'static str {
        "bus"
    }

    async fn check(&self) -> Result<(), String> {
        let stats = self.stats.lock();
        let is_received = |name: &String| {
            stats
                .get(name)
                .is_some_and(|stats| stats.connected.load(Relaxed))
        };
        let silent: Vec<String> = Subscription::of(SERVICE)
            .map(|subscription| subscription.name())
            .filter(|name| !is_received(name))
            .collect();
        if silent.is_empty() {
            Ok(())
        } else {
            Err(format!("not received: {}", silent.join(", ")))
        }
    }
}
