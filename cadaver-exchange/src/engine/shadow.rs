//! A second state that follows the journal behind the trading's back: snapshots are taken of it, and whoever wants to know what the whole
//! state was at some position asks it. Trading waits for neither, and each snapshot proves once more that the journal replays.

use super::{EngineStats, RecoverError, Replay};
use crate::{
    domain::{Exchange, canonical::StateHash},
    storage::{Snapshot, Storage},
};
use service_chassis::background::{self, BackgroundError};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Entries that are replayed at most to answer one question about the past.
pub const MAX_REPLAYED: u64 = 2_000_000;
/// Questions that may wait for their turn.
const MAX_WAITING: usize = 16;

/// The state at some position cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The journal has not come that far.
    #[error("the journal ends at position {0}")]
    Ahead(u64),
    /// Too much would have to be replayed.
    #[error(
        "the nearest snapshot lies {0} entries before that position; {MAX_REPLAYED} are replayed at most"
    )]
    TooFar(u64),
    /// Many ask already.
    #[error("others are asking already; try again")]
    Busy,
    /// The journal cannot be replayed.
    #[error(transparent)]
    Replay(#[from] RecoverError),
    /// Looking at the state failed.
    #[error("looking at the state failed")]
    Failed(#[from] BackgroundError),
}

/// The second state.
#[derive(Debug)]
pub struct Shadow {
    storage: Arc<dyn Storage>,
    /// Where the last question left it; made when it is first needed.
    replay: Mutex<Option<Replay>>,
    waiting: Semaphore,
}

impl Shadow {
    /// A shadow of the journal in `storage`.
    #[must_use]
    pub fn of(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            replay: Mutex::new(None),
            waiting: Semaphore::new(MAX_WAITING),
        }
    }

    /// Looks at the state as it was after the entry at `position`.
    ///
    /// # Errors
    /// [`PastError`]
    pub async fn at<T, F>(self: &Arc<Self>, position: u64, look: F) -> Result<T, PastError>
    where
        T: Send + 'static,
        F: FnOnce(&Exchange) -> T + Send + 'static,
    {
        let _turn = self.waiting.try_acquire().map_err(|_| PastError::Busy)?;
        let shadow = self.clone();
        aside(async move { shadow.look_at(position, look).await }).await?
    }

    async fn look_at<T>(
        &self,
        position: u64,
        look: impl FnOnce(&Exchange) -> T,
    ) -> Result<T, PastError> {
        let mut kept = self.replay.lock().await;
        match kept.take() {
            Some(replay) if replay.position <= position => {
                let replay = kept.insert(replay);
                self.advance(replay, position).await?;
                Ok(look(&replay.exchange))
            }
            later => {
                let storage = self.storage.as_ref();
                let mut replay = Replay::from_newest_snapshot(storage, position)
                    .await
                    .map_err(RecoverError::from)?;
                let advanced = self.advance(&mut replay, position).await;
                let is_further = |kept: &Replay| kept.position > replay.position;
                let seen = advanced.map(|()| look(&replay.exchange));
                *kept = later.filter(is_further).or(Some(replay));
                seen
            }
        }
    }

    async fn advance(&self, replay: &mut Replay, position: u64) -> Result<(), PastError> {
        let distance = position - replay.position;
        if distance > MAX_REPLAYED {
            return Err(PastError::TooFar(distance));
        }
        replay
            .catch_up(self.storage.as_ref(), position, None)
            .await?;
        if replay.position < position {
            return Err(PastError::Ahead(replay.position));
        }
        Ok(())
    }

    /// Stores a snapshot of the state at `position`. When that fails, it only makes the next restart longer.
    async fn store_snapshot(self: &Arc<Self>, position: u64, stats: &EngineStats) {
        let state = match self.at(position, Exchange::to_canonical).await {
            Ok(state) => state,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, position, "the state for a snapshot cannot be had");
                return;
            }
        };
        let bytes = state.len();
        let hashed = aside(async move { (StateHash::of(&state), state) }).await;
        let Ok((hash, state)) = hashed else {
            return;
        };
        let snapshot = Snapshot {
            position,
            hash,
            state,
        };
        match self.storage.save_snapshot(snapshot).await {
            Ok(()) => {
                stats.snapshots.inc();
                tracing::info!(position, bytes, %hash, "a snapshot is stored");
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, position, "a snapshot could not be stored");
            }
        }
    }
}

/// Does what keeps a core busy on a thread that yields to trading. Where no runtime has one to lend, as in a simulation, it is done on this one.
async fn aside<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, BackgroundError> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => background::run("shadow", move || runtime.block_on(work)).await,
        Err(_) => Ok(work.await),
    }
}

/// Stores a snapshot whenever the journal has grown by `every` entries, and at the end, unless the last one is young: that makes the next
/// start quick.
pub(super) async fn keep_snapshots(
    shadow: Arc<Shadow>,
    mut grown: watch::Receiver<u64>,
    mut last: u64,
    every: u64,
    stats: Arc<EngineStats>,
    stop: CancellationToken,
) {
    loop {
        let due = async {
            let due = grown.wait_for(|position| position.saturating_sub(last) >= every);
            due.await.ok().map(|position| *position)
        };
        let due = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            due = due => due,
        };
        let Some(position) = due else { break };
        shadow.store_snapshot(position, &stats).await;
        last = position;
    }
    let position = *grown.borrow();
    if position.saturating_sub(last) > every / 10 {
        shadow.store_snapshot(position, &stats).await;
    }
}
