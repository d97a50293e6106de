//! A service at work: its server, its consumers and its relay; and their end in good order.

use crate::http::Server;
use crate::metrics::Metrics;
use shared_events::Subscription;
use shared_events::bus::{BatchHandler, Bus, ConsumeError, Consumer, ConsumerStats};
use shared_events::outbox::RelayHandle;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long to wait before receiving is tried again after it ended.
const RECEIVE_AGAIN: Duration = Duration::from_secs(1);

type Task = Pin<Box<dyn Future<Output = Result<(), RunError>> + Send>>;

/// Why a service stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP server failed.
    #[error("the HTTP server failed")]
    Server(#[from] std::io::Error),
    /// A part of the service ended badly.
    #[error("{0}")]
    Task(String),
}

/// The parts of a service while they are put together.
pub struct Running {
    stop: CancellationToken,
    tasks: Vec<Task>,
    relay: Option<RelayHandle>,
    gate: Option<watch::Receiver<bool>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({} tasks)", self.tasks.len())
    }
}

impl Running {
    /// Parts that will work until `stop`.
    #[must_use]
    pub fn until(stop: CancellationToken) -> Self {
        Self {
            stop,
            tasks: Vec::new(),
            relay: None,
            gate: None,
        }
    }

    /// What is received from here on waits until the gate opens, as on a stand-by that may have to take over.
    #[must_use]
    pub fn behind(mut self, gate: watch::Receiver<bool>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Keeps a subscription received, whatever the bus does (a broker that restarts or a topology that comes late
    /// stops nothing), and shows it in the metrics.
    #[must_use]
    pub fn subscription<H: BatchHandler + Clone>(
        mut self,
        bus: &Bus,
        subscription: Subscription,
        handler: H,
        metrics: &Metrics,
    ) -> Self {
        let stats = Arc::new(ConsumerStats::default());
        metrics.watch_consumer(&subscription.name(), &stats);
        let (bus, stop, gate) = (bus.clone(), self.stop.clone(), self.gate.clone());
        self.tasks.push(Box::pin(async move {
            if let Some(mut gate) = gate {
                tokio::select! { _ = gate.wait_for(|is_open| *is_open) => {}, () = stop.cancelled() => {} }
            }
            while !stop.is_cancelled() {
                let (handler, stats) = (handler.clone(), stats.clone());
                match receive(&bus, subscription, handler, stats, stop.clone()).await {
                    Ok(()) => continue,
                    Err(error) => warn_of(&error, subscription),
                }
                tokio::select! { () = tokio::time::sleep(RECEIVE_AGAIN) => {}, () = stop.cancelled() => {} }
            }
            Ok(())
        }));
        self
    }

    /// Adds work of the service's own that watches the token it is given.
    #[must_use]
    pub fn task<F>(mut self, work: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = Result<(), RunError>> + Send + 'static,
    {
        self.tasks.push(Box::pin(work(self.stop.clone())));
        self
    }

    /// Adds the relay, which is flushed when all else has stopped.
    #[must_use]
    pub fn relay(mut self, relay: RelayHandle, metrics: &Metrics) -> Self {
        metrics.watch_relay(relay.stats());
        self.relay = Some(relay);
        self
    }

    /// Works until the stop, or until a part fails, which stops the others; then flushes the relay.
    ///
    /// # Errors
    /// The first part that failed.
    pub async fn run(self, server: Server) -> Result<(), RunError> {
        let stop = self.stop;
        let mut tasks = JoinSet::new();
        for task in self.tasks {
            tasks.spawn(task);
        }
        let mut first_failure = None;
        let serving = server.run(stop.clone());
        tokio::pin!(serving);
        let mut served = false;
        while !served || !tasks.is_empty() {
            let result = tokio::select! {
                result = &mut serving, if !served => {
                    served = true;
                    result.map_err(RunError::from)
                }
                Some(ended) = tasks.join_next() => ended.unwrap_or_else(|error| Err(RunError::Task(error.to_string()))),
            };
            if let Err(error) = result {
                stop.cancel();
                first_failure.get_or_insert(error);
            }
        }
        if let Some(relay) = self.relay {
            relay.stop().await;
        }
        first_failure.map_or(Ok(()), Err)
    }
}

async fn receive<H: BatchHandler>(
    bus: &Bus,
    subscription: Subscription,
    handler: H,
    stats: Arc<ConsumerStats>,
    stop: CancellationToken,
) -> Result<(), ConsumeError> {
    let consumer = Consumer::new(bus, subscription, handler).await?;
    consumer.counting_on(stats).run(stop).await
}

fn warn_of(error: &ConsumeError, subscription: Subscription) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        subscription = subscription.name(),
        "nothing is received; trying again"
    );
}
