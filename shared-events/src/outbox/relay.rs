//! Publishes what is pending, in order per key, and removes it when the bus has it.

use super::{Outbox, OutboxError};
use crate::bus::{EventPublisher, Publish};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The longest wait between two attempts while the bus or the database fails.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// The first wait after a failure.
const MIN_BACKOFF: Duration = Duration::from_millis(100);

/// How the relay works.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelaySettings {
    /// The most events in one round.
    pub batch: usize,
    /// How often to look for events that another process wrote, in milliseconds.
    pub poll_interval_ms: u64,
    /// How long a shutdown waits for the last events to leave, in milliseconds.
    pub flush_deadline_ms: u64,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch: 1_000,
            poll_interval_ms: 100,
            flush_deadline_ms: 5_000,
        }
    }
}

/// What a relay has done so far.
#[derive(Debug, Default)]
pub struct RelayStats {
    /// Events that the bus took.
    pub published: AtomicU64,
    /// Attempts that failed: an event that failed twice counts twice.
    pub failed: AtomicU64,
    /// Rounds that the database could not serve.
    pub outbox_errors: AtomicU64,
}

/// Publishes an outbox.
#[derive(Debug)]
pub struct Relay<O, P = EventPublisher> {
    outbox: O,
    publisher: P,
    settings: RelaySettings,
    wake: Arc<Notify>,
    stats: Arc<RelayStats>,
    backoff: Duration,
}

/// When the next round is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once, as there may be more.
    AtOnce,
    /// When the relay is woken, and after this time in any case.
    WhenWoken(Duration),
    /// After this time, as the last round failed.
    After(Duration),
}

/// A running relay.
#[derive(Debug)]
pub struct RelayHandle {
    wake: Arc<Notify>,
    stats: Arc<RelayStats>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl RelayHandle {
    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> &Arc<RelayStats> {
        &self.stats
    }

    /// Tells the relay that there is something to publish.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Publishes what is pending, up to the settings' deadline, and stops.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the relay ended badly; pending events stay in the outbox");
        }
    }
}

impl<O: Outbox, P: Publish> Relay<O, P> {
    /// A relay that `wake` rouses.
    pub fn new(outbox: O, publisher: P, settings: RelaySettings, wake: Arc<Notify>) -> Self {
        Self {
            outbox,
            publisher,
            settings,
            wake,
            stats: Arc::default(),
            backoff: MIN_BACKOFF,
        }
    }

    /// Runs it until it is stopped.
    #[must_use]
    pub fn spawn(self) -> RelayHandle {
        let stop = CancellationToken::new();
        let (wake, stats) = (self.wake.clone(), self.stats.clone());
        let task = tokio::spawn(self.run(stop.clone()));
        RelayHandle {
            wake,
            stats,
            stop,
            task,
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        let deadline = Duration::from_millis(self.settings.flush_deadline_ms);
        while !stop.is_cancelled() {
            // A bus that is away can keep a round waiting for minutes; a shutdown does not wait for it.
            let next = tokio::select! {
                next = self.step() => next,
                () = out_of_time(&stop, deadline) => break,
            };
            let (wait, may_be_woken) = match next {
                Next::AtOnce => continue,
                Next::WhenWoken(wait) => (wait, true),
                Next::After(wait) => (wait, false),
            };
            tokio::select! {
                () = self.wake.notified(), if may_be_woken => {}
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => {}
            }
        }
        if tokio::time::timeout(deadline, self.flush()).await.is_err() {
            tracing::warn!(
                "not all events left before the deadline; the rest goes out at the next start"
            );
        }
    }

    async fn flush(&mut self) {
        while self.step().await == Next::AtOnce {}
    }

    /// One round: publishes what is pending; tells when the next one is due.
    pub async fn step(&mut self) -> Next {
        match self.round().await {
            Round::Full => Next::AtOnce,
            Round::Emptied => {
                self.backoff = MIN_BACKOFF;
                Next::WhenWoken(Duration::from_millis(self.settings.poll_interval_ms))
            }
            Round::Failed => {
                self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
                Next::After(self.backoff)
            }
        }
    }

    async fn round(&self) -> Round {
        match self.publish_pending().await {
            Ok(round) => round,
            Err(error) => {
                self.stats.outbox_errors.fetch_add(1, Relaxed);
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the outbox cannot be relayed for now"
                );
                Round::Failed
            }
        }
    }

    async fn publish_pending(&self) -> Result<Round, OutboxError> {
        let pending = self.outbox.pending(self.settings.batch).await?;
        let found = pending.len();
        let (positions, events): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .map(|pending| (pending.position, pending.event))
            .unzip();
        if found == 0 {
            return Ok(Round::Emptied);
        }
        let answers = self.publisher.publish(events).await;
        let mut published = Vec::with_capacity(found);
        let mut first_failure = None;
        for (position, answer) in positions.into_iter().zip(answers) {
            match answer {
                Ok(()) => published.push(position),
                Err(error) => first_failure = first_failure.or(Some(error)),
            }
        }
        let done = published.len();
        self.stats.published.fetch_add(done as u64, Relaxed);
        self.outbox.remove(published).await?;
        if let Some(error) = first_failure {
            self.stats.failed.fetch_add((found - done) as u64, Relaxed);
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                failed = found - done,
                "events wait for the bus"
            );
            return Ok(Round::Failed);
        }
        Ok(if found == self.settings.batch {
            Round::Full
        } else {
            Round::Emptied
        })
    }
}

/// Ends `deadline` after `stop`.
async fn out_of_time(stop: &CancellationToken, deadline: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(deadline).await;
}

enum Round {
    /// There may be more at once.
    Full,
    /// Nothing is pending.
    Emptied,
    /// Try again later.
    Failed,
}
