//! Keeps every subscription of the service received, whatever the bus does, and tells whether it is.

use super::SERVICE;
use crate::events::incoming::Incoming;
use async_trait::async_trait;
use parking_lot::Mutex;
use service_chassis::{health::ReadinessCheck, metrics::Metrics};
use shared_events::{
    Subscription,
    bus::{Bus, ConsumeError, Consumer, ConsumerStats},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long to wait before receiving is tried again after it ended.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The service's subscriptions.
#[derive(Debug)]
pub(super) struct Consumers {
    bus: Bus,
    metrics: Metrics,
    stats: Mutex<BTreeMap<String, Arc<ConsumerStats>>>,
}

/// The tasks that receive.
#[derive(Debug)]
pub(super) struct Consuming(JoinSet<()>);

impl Consuming {
    /// Waits until all have finished the batch at hand; they were told to stop.
    pub(super) async fn finish(self) {
        self.0.join_all().await;
    }
}

impl Consumers {
    pub(super) const fn new(bus: Bus, metrics: Metrics) -> Self {
        Self {
            bus,
            metrics,
            stats: Mutex::new(BTreeMap::new()),
        }
    }

    /// Receives every subscription until `stop`.
    pub(super) fn spawn(
        self: &Arc<Self>,
        incoming: &Incoming,
        stop: &CancellationToken,
    ) -> Consuming {
        let mut tasks = JoinSet::new();
        for subscription in Subscription::of(SERVICE) {
            tasks.spawn(
                self.clone()
                    .keep(subscription, incoming.clone(), stop.clone()),
            );
        }
        Consuming(tasks)
    }

    async fn keep(
        self: Arc<Self>,
        subscription: Subscription,
        incoming: Incoming,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            let received = self
                .receive(subscription, incoming.clone(), stop.clone())
                .await;
            if let Err(error) = received {
                warn_of(&error, subscription);
                tokio::select! { () = tokio::time::sleep(RETRY_AFTER) => {}, () = stop.cancelled() => {} }
            }
        }
    }

    async fn receive(
        &self,
        subscription: Subscription,
        incoming: Incoming,
        stop: CancellationToken,
    ) -> Result<(), ConsumeError> {
        let consumer = Consumer::new(&self.bus, subscription, incoming).await?;
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
        let is_received = |name: &str| {
            stats
                .get(name)
                .is_some_and(|stats| stats.connected.load(Relaxed))
        };
        let silent = Subscription::of(SERVICE).map(|subscription| subscription.name());
        let silent: Vec<String> = silent.filter(|name| !is_received(name)).collect();
        if silent.is_empty() {
            Ok(())
        } else {
            Err(format!("not received: {}", silent.join(", ")))
        }
    }
}

fn warn_of(error: &ConsumeError, subscription: Subscription) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(
        error,
        subscription = subscription.name(),
        "nothing is received; trying again"
    );
}
