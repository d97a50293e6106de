//! How the rest of the service talks to the engine.

use super::Submission;
use crate::domain::{Exchange, Outcome};
use tokio::sync::{mpsc, oneshot};

/// The engine has ended, or the service is stopping: nothing was done, or it is not known what was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the exchange has stopped")]
pub struct EngineStopped;

pub(super) type Look = Box<dyn FnOnce(&Exchange, u64) + Send>;

pub(super) enum Request {
    /// Carry these out and answer when they are in the journal.
    Submit {
        submissions: Vec<Submission>,
        answer: oneshot::Sender<Vec<Outcome>>,
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
}

impl EngineHandle {
    pub(super) const fn new(queue: mpsc::Sender<Request>) -> Self {
        Self { queue }
    }

    /// Submits one command and waits until it is in the journal.
    ///
    /// # Errors
    /// [`EngineStopped`]
    pub async fn submit(
        &self,
        submission: impl Into<Submission>,
    ) -> Result<Outcome, EngineStopped> {
        let outcomes = self.submit_all(vec![submission.into()]).await?;
        outcomes.first().copied().ok_or(EngineStopped)
    }

    /// Submits commands, to be carried out in their order, and waits until all are in the journal.
    ///
    /// # Errors
    /// [`EngineStopped`]
    pub async fn submit_all(
        &self,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Outcome>, EngineStopped> {
        let (answer, outcomes) = oneshot::channel();
        self.send(Request::Submit {
            submissions,
            answer,
        })
        .await?;
        outcomes.await.map_err(|_| EngineStopped)
    }

    /// Looks at the state, all of which is in the journal, and the position of its last entry.
    ///
    /// # Errors
    /// [`EngineStopped`]
    pub async fn look<T, F>(&self, look: F) -> Result<T, EngineStopped>
    where
        T: Send + 'static,
        F: FnOnce(&Exchange, u64) -> T + Send + 'static,
    {
        let (answer, seen) = oneshot::channel();
        let look: Look = Box::new(move |exchange, position| {
            // Whoever asked may have gone away.
            drop(answer.send(look(exchange, position)));
        });
        self.send(Request::Look(look)).await?;
        seen.await.map_err(|_| EngineStopped)
    }

    /// Tells the engine to finish what is queued and end.
    pub async fn stop(&self) {
        // An engine that has ended needs no telling.
        let _ = self.send(Request::Stop).await;
    }

    async fn send(&self, request: Request) -> Result<(), EngineStopped> {
        self.queue.send(request).await.map_err(|_| EngineStopped)
    }
}
