//! From what is stored back to the state: the newest sound snapshot, then the journal's tail.

use super::snapshots;
use crate::{
    domain::{Exchange, event::Output},
    storage::{Recorded, Storage, StorageError},
};

/// Entries read at a time.
const PAGE: usize = 4_096;

/// The state as it was when the last entry was written.
#[derive(Debug)]
pub struct Recovered {
    /// The state.
    pub exchange: Exchange,
    /// The position of its last entry.
    pub position: u64,
    /// The position of the snapshot that it started from; zero if from nothing.
    pub snapshot: u64,
}

/// The state could not be recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An entry is missing.
    #[error("the journal goes from position {0} to {1}: entries between them are missing")]
    Gap(u64, u64),
    /// The replay differs from what happened.
    #[error(
        "replaying entry {position} tells events up to {replayed}, the journal says up to {recorded}"
    )]
    Differs {
        /// The entry.
        position: u64,
        /// Events after the replay.
        replayed: u64,
        /// Events in the journal.
        recorded: u64,
    },
}

/// Rebuilds the state.
///
/// # Errors
/// The database failed, or the journal does not replay.
pub async fn recover(storage: &dyn Storage) -> Result<Recovered, RecoverError> {
    let (mut exchange, snapshot) = snapshots::newest_sound(storage).await?;
    let (mut position, mut out) = (snapshot, Output::default());
    loop {
        let page = storage.entries(position, PAGE).await?;
        let full = page.len() == PAGE;
        for entry in page {
            replay(&mut exchange, position, &entry, &mut out)?;
            position = entry.position;
        }
        if !full {
            return Ok(Recovered {
                exchange,
                position,
                snapshot,
            });
        }
    }
}

fn replay(
    exchange: &mut Exchange,
    last: u64,
    entry: &Recorded,
    out: &mut Output,
) -> Result<(), RecoverError> {
    if entry.position != last + 1 {
        return Err(RecoverError::Gap(last, entry.position));
    }
    exchange.execute(entry.at, &entry.command, out);
    if exchange.last_event() == entry.events_through {
        return Ok(());
    }
    Err(RecoverError::Differs {
        position: entry.position,
        replayed: exchange.last_event(),
        recorded: entry.events_through,
    })
}
