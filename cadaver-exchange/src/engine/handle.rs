//! How the rest of the service talks to the engine.

use super::{EngineStats, Submission};
use crate::domain::{Exchange, Outcome};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Requests that may wait for the engine before callers wait to queue.
const QUEUE: usize = 4_096;

/// The engine does not take requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTrading {
    /// Another process trades on this database; this one waits to take over.
    #[error("this exchange stands by: another one trades")]
    StandBy,
    /// The engine has ended, or the service is stopping: nothing was done, or it is not known what was.
    #[error("the exchange has stopped")]
    Stopped,
}

/// Hands over what was seen, once all of it is in the journal.
pub(super) type Reveal = Box<dyn FnOnce() + Send>;
/// Looks at the state and the position of its last entry.
pub(super) type Look = Box<dyn FnOnce(&Exchange, u64) -> Reveal + Send>;
/// Looks at the state right after the commands whose outcomes it gets.
pub(super) type Answer = Box<dyn FnOnce(&Exchange, Vec<Outcome>) -> Reveal + Send>;

pub(super) enum Request {
    /// Carry these out and answer when they are in the journal.
    Submit {
        submissions: Vec<Submission>,
        answer: Answer,
    },
    /// Look at the state and the position of its last entry.
    Look(Look),
    /// Finish what is queued, store a snapshot, and end.
    Stop,
}

/// A way to the engine; cheap to clone.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    queue: mpsc::Sender<Request>,
    trading: watch::Receiver<bool>,
    stats: Arc<EngineStats>,
}

/// The other end of a handle, until an engine is started on it.
#[derive(Debug)]
pub struct Idle {
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) trading: watch::Sender<bool>,
    pub(super) stats: Arc<EngineStats>,
}

impl EngineHandle {
    /// A way to an engine that stands by until one is started on the other end.
    #[must_use]
    pub fn new() -> (Self, Idle) {
        let (queue, requests) = mpsc::channel(QUEUE);
        let (trades, trading) = watch::channel(false);
        let stats = Arc::new(EngineStats::default());
        let idle = Idle {
            requests,
            trading: trades,
            stats: stats.clone(),
        };
        let handle = Self {
            queue,
            trading,
            stats,
        };
        (handle, idle)
    }

    /// Whether an engine is at work.
    #[must_use]
    pub fn is_trading(&self) -> bool {
        *self.trading.borrow()
    }

    /// Waits until an engine is at work.
    ///
    /// # Errors
    /// It has ended, and no other comes.
    pub async fn until_trading(&self) -> Result<(), NotTrading> {
        let mut trading = self.trading.clone();
        let trades = trading.wait_for(|trades| *trades).await;
        trades.map(|_| ()).map_err(|_| NotTrading::Stopped)
    }

    /// What the engine has done so far.
    #[must_use]
    pub const fn stats(&self) -> &Arc<EngineStats> {
        &self.stats
    }

    /// Submits one command and waits until it is in the journal.
    ///
    /// # Errors
    /// [`NotTrading`]
    pub async fn submit(&self, submission: impl Into<Submission>) -> Result<Outcome, NotTrading> {
        self.submit_and_look(submission, |_, outcome| outcome).await
    }

    /// Submits one command, waits until it is in the journal, and looks at the state then.
    ///
    /// # Errors
    /// [`NotTrading`]
    pub async fn submit_and_look<T, F>(
        &self,
        submission: impl Into<Submission>,
        look: F,
    ) -> Result<T, NotTrading>
    where
        T: Send + 'static,
        F: FnOnce(&Exchange, Outcome) -> T + Send + 'static,
    {
        let submissions = vec![submission.into()];
        let seen = self.submit_all_and_look(submissions, |exchange, outcomes| {
            let outcome = outcomes.first().copied();
            outcome.map(|outcome| look(exchange, outcome))
        });
        seen.await?.ok_or(NotTrading::Stopped)
    }

    /// Submits commands, to be carried out in their order, and waits until all are in the journal.
    ///
    /// # Errors
    /// [`NotTrading`]
    pub async fn submit_all(
        &self,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Outcome>, NotTrading> {
        self.submit_all_and_look(submissions, |_, outcomes| outcomes)
            .await
    }

    /// Submits commands, to be carried out in their order, waits until all are in the journal, and looks at the state then.
    ///
    /// # Errors
    /// [`NotTrading`]
    pub async fn submit_all_and_look<T, F>(
        &self,
        submissions: Vec<Submission>,
        look: F,
    ) -> Result<T, NotTrading>
    where
        T: Send + 'static,
        F: FnOnce(&Exchange, Vec<Outcome>) -> T + Send + 'static,
    {
        let (answer, seen) = oneshot::channel();
        let answer: Answer = Box::new(move |exchange, outcomes| {
            let seen = look(exchange, outcomes);
            // Whoever asked may have gone away; it is done all the same.
            Box::new(move || drop(answer.send(seen)))
        });
        self.send(Request::Submit {
            submissions,
            answer,
        })
        .await?;
        seen.await.map_err(|_| NotTrading::Stopped)
    }

    /// Looks at the state, all of which is in the journal, and the position of its last entry.
    ///
    /// # Errors
    /// [`NotTrading`]
    pub async fn look<T, F>(&self, look: F) -> Result<T, NotTrading>
    where
        T: Send + 'static,
        F: FnOnce(&Exchange, u64) -> T + Send + 'static,
    {
        let (answer, seen) = oneshot::channel();
        let look: Look = Box::new(move |exchange, position| {
            let seen = look(exchange, position);
            // Whoever asked may have gone away.
            Box::new(move || drop(answer.send(seen)))
        });
        self.send(Request::Look(look)).await?;
        seen.await.map_err(|_| NotTrading::Stopped)
    }

    /// Tells the engine to finish what is queued and end.
    pub async fn stop(&self) {
        // An engine that has ended needs no telling, nor does one that was never started.
        let _ = self.send(Request::Stop).await;
    }

    async fn send(&self, request: Request) -> Result<(), NotTrading> {
        if !self.is_trading() {
            return Err(if self.queue.is_closed() {
                NotTrading::Stopped
            } else {
                NotTrading::StandBy
            });
        }
        self.queue
            .send(request)
            .await
            .map_err(|_| NotTrading::Stopped)
    }
}
