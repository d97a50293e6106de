//! The broker's operations: check against the state, log, answer. The transports call these.

mod acknowledging;
mod clock;
mod consumer;
mod dead_letters;
mod housekeeping;
mod listing;
mod publishing;
mod pulling;
mod seeking;
mod snapshots;
mod subscriptions;
mod topics;
mod wakers;

pub(crate) use clock::now;
pub(crate) use consumer::Consumer;
pub(crate) use listing::Page;

use super::domain::change::Change;
use super::domain::limits::MAX_UNWRITTEN_BYTES;
use super::domain::refusal::Refusal;
use super::domain::state::State;
use super::log::{Entry, Log, LogFailure};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio_util::sync::CancellationToken;
pub(crate) use wakers::Wakers;

/// The right to change topics, subscriptions and snapshots.
#[derive(Debug)]
struct Turn(#[expect(dead_code, reason = "holding it is its use")] OwnedMutexGuard<()>);

/// The unit in which waiting publishers queue for [`MAX_UNWRITTEN_BYTES`].
const PERMIT_BYTES: usize = 1024;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Engine {
    state: Arc<Mutex<State>>,
    log: Log,
    wakers: Arc<Wakers>,
    /// Changes of topics, subscriptions and snapshots are checked and made one after the other.
    administration: Arc<tokio::sync::Mutex<()>>,
    unwritten: Semaphore,
    next_consumer: AtomicU64,
    stopping: CancellationToken,
}

impl Engine {
    pub(crate) fn new(
        state: Arc<Mutex<State>>,
        log: Log,
        wakers: Arc<Wakers>,
        stopping: CancellationToken,
    ) -> Self {
        Self {
            state,
            log,
            wakers,
            administration: Arc::default(),
            unwritten: Semaphore::new(MAX_UNWRITTEN_BYTES / PERMIT_BYTES),
            next_consumer: AtomicU64::new(1),
            stopping,
        }
    }

    /// Waits for the turn to check and make a change of topics, subscriptions or snapshots.
    async fn turn(&self) -> Turn {
        Turn(self.administration.clone().lock_owned().await)
    }

    /// Logs a change and waits until it is applied. The turn ends then, even if the caller goes away before.
    async fn make(&self, change: Change, turn: Turn) -> Result<(), Refusal> {
        let appended = self
            .log
            .append(vec![Entry::Change(change)], now())
            .map_err(unavailable)?;
        let written = tokio::spawn(async move {
            let written = appended.written().await;
            drop(turn);
            written
        });
        written
            .await
            .unwrap_or(Err(LogFailure::Stopped))
            .map_err(unavailable)
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), Refusal> {
        let appended = self.log.append(entries, now()).map_err(unavailable)?;
        appended.written().await.map_err(unavailable)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn unavailable(failure: LogFailure) -> Refusal {
    Refusal::Unavailable(failure.to_string())
}
