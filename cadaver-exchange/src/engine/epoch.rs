//! The first word of a new writer: an entry that takes the position which a writer of an earlier epoch would write next.

use super::{RecoverError, Replay};
use crate::{
    domain::{Command, Moment},
    lease::Tenure,
    market_data::Hub,
    storage::{Entry, Storage, StorageError},
};

/// How often an earlier writer may be quicker with its last words.
const MAX_TRIES: usize = 16;

/// The epoch could not begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginEpochError {
    /// The journal could not be written.
    #[error("the journal could not be written")]
    Storage(#[from] StorageError),
    /// What an earlier writer wrote last could not be replayed.
    #[error("the last entries of an earlier writer could not be replayed")]
    Recover(#[from] RecoverError),
    /// An earlier writer goes on writing.
    #[error("an earlier writer of this journal writes on and on")]
    Restless,
}

/// Journals that the tenure's epoch begins. What an earlier writer wrote meanwhile was written in time, and is replayed.
///
/// # Errors
/// [`BeginEpochError`]
pub async fn begin_epoch(
    storage: &dyn Storage,
    tenure: &Tenure,
    at: Moment,
    replay: &mut Replay,
    hub: &Hub,
) -> Result<(), BeginEpochError> {
    let epoch = tenure.epoch();
    for _ in 0..MAX_TRIES {
        let entry = Entry {
            position: replay.position + 1,
            at,
            source: None,
            traceparent: None,
            command: Command::BeginEpoch { epoch: epoch.0 },
            events_before: replay.exchange.last_event(),
            events: Vec::new(),
            trades: Vec::new(),
            lines: Vec::new(),
        };
        match storage.append(epoch, vec![entry]).await {
            Ok(()) | Err(StorageError::PositionTaken(_)) => {}
            Err(error) => return Err(error.into()),
        }
        replay.catch_up(storage, u64::MAX, Some(hub)).await?;
        if replay.epoch == epoch {
            return Ok(());
        }
    }
    Err(BeginEpochError::Restless)
}
