//! A service at work: its server, its consumers and its relay; and their end in good order.

use crate::http::Server;
use crate::metrics::Metrics;
use shared_events::bus::{BatchHandler, ConsumeError, Consumer};
use shared_events::outbox::RelayHandle;
use std::future::Future;
use std::pin::Pin;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

type Task = Pin<Box<dyn Future<Output = Result<(), RunError>> + Send>>;

/// Why a service stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP server failed.
    #[error("the HTTP server failed")]
    Server(#[from] std::io::Error),
    /// A subscription is no longer delivered.
    #[error(transparent)]
    Consume(#[from] ConsumeError),
    /// A part of the service ended badly.
    #[error("{0}")]
    Task(String),
}

/// The parts of a service while they are put together.
pub struct Running {
    stop: CancellationToken,
    tasks: Vec<Task>,
    relay: Option<RelayHandle>,
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
        }
    }

    /// Adds a consumer of the bus, and shows it in the metrics.
    #[must_use]
    pub fn consumer<H: BatchHandler>(
        mut self,
        subscription: &str,
        consumer: Consumer<H>,
        metrics: &Metrics,
    ) -> Self {
        metrics.watch_consumer(subscription, &consumer.stats());
        let stop = self.stop.clone();
        self.tasks
            .push(Box::pin(async move { Ok(consumer.run(stop).await?) }));
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
