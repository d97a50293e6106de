//! A state that follows the journal: from the newest sound snapshot on, entry by entry.

use super::snapshots;
use crate::{
    domain::{Command, Exchange, event::Output},
    market_data::{Changes, Hub},
    storage::{Epoch, Recorded, Storage, StorageError},
};

/// Entries read at a time.
const PAGE: usize = 4_096;
/// Entries whose changes are told together.
const TOLD_TOGETHER: usize = 64;

/// The state could not be recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An entry is missing.
    #[error(
        "the journal goes from position {0} to {1}: entries between them are missing. Restore the database from a backup"
    )]
    Gap(u64, u64),
    /// The last entries are missing.
    #[error(
        "the journal ends at entry {position}, but {proof}: its last entries are missing. Restore the database from a backup"
    )]
    Cut {
        /// The last entry that is there.
        position: u64,
        /// What shows that there were more.
        proof: Proof,
    },
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

/// What shows that a journal was longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Proof {
    /// A snapshot was taken later.
    #[error("a snapshot was taken at entry {0}")]
    Snapshot(u64),
    /// Events were published that are not in it.
    #[error("its events up to {published} were published, and it holds {held}")]
    Published {
        /// The last event that was published.
        published: u64,
        /// The last event that is there.
        held: u64,
    },
}

/// The state as it was when an entry was written.
#[derive(Debug, Default)]
pub struct Replay {
    /// The state; boxed, as it is handed on through several hands.
    pub exchange: Box<Exchange>,
    /// The position of its last entry.
    pub position: u64,
    /// The position of the snapshot that it started from; zero if from nothing.
    pub snapshot: u64,
    /// The last epoch that was seen to begin.
    pub epoch: Epoch,
    out: Output,
    changes: Changes,
}

/// The state at the end of the journal. The changes since its snapshot are told to `hub`.
///
/// # Errors
/// The database failed, or the journal does not replay.
pub async fn recover(storage: &dyn Storage, hub: &Hub) -> Result<Replay, RecoverError> {
    let traces = Traces::read(storage).await?;
    let mut replay = Replay::from_newest_snapshot(storage, u64::MAX).await?;
    hub.begin(replay.position);
    replay.catch_up(storage, u64::MAX, Some(hub)).await?;
    traces.check(storage, &replay).await?;
    Ok(replay)
}

/// What the journal's entries have left behind elsewhere. It shows whether the last ones are gone: nobody else would miss them, and
/// new events would be told under the numbers of events that are out already.
struct Traces {
    /// The newest snapshot's position, sound or not; zero if there is none.
    snapshot: u64,
    /// The last event that is known to have been published.
    published: u64,
}

impl Traces {
    /// Must come before the journal is read, as another process may write it.
    async fn read(storage: &dyn Storage) -> Result<Self, StorageError> {
        let positions = storage.snapshot_positions().await?;
        Ok(Self {
            snapshot: positions.first().copied().unwrap_or_default(),
            published: storage.published().await?,
        })
    }

    async fn check(&self, storage: &dyn Storage, replay: &Replay) -> Result<(), RecoverError> {
        let Self {
            snapshot,
            published,
        } = *self;
        if let Some(before) = snapshot.checked_sub(1) {
            let last = storage.entries(before, 1).await?;
            if last.first().is_none_or(|entry| entry.position != snapshot) {
                let position = replay.position.min(before);
                let proof = Proof::Snapshot(snapshot);
                return Err(RecoverError::Cut { position, proof });
            }
        }
        let held = replay.exchange.last_event();
        if published > held {
            let proof = Proof::Published { published, held };
            let position = replay.position;
            return Err(RecoverError::Cut { position, proof });
        }
        Ok(())
    }
}

impl Replay {
    /// The state of the newest sound snapshot at or before `through`; the empty state if there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn from_newest_snapshot(
        storage: &dyn Storage,
        through: u64,
    ) -> Result<Self, StorageError> {
        let (exchange, snapshot) = snapshots::newest_sound(storage, through).await?;
        Ok(Self {
            exchange: Box::new(exchange),
            position: snapshot,
            snapshot,
            ..Self::default()
        })
    }

    /// Replays what the journal holds beyond this state, up to and with the entry at `through`.
    ///
    /// # Errors
    /// The database failed, or the journal does not replay.
    pub async fn catch_up(
        &mut self,
        storage: &dyn Storage,
        through: u64,
        hub: Option<&Hub>,
    ) -> Result<(), RecoverError> {
        while self.position < through {
            let wanted = usize::try_from(through - self.position).unwrap_or(PAGE);
            let page = storage.entries(self.position, wanted.min(PAGE)).await?;
            if page.is_empty() {
                break;
            }
            for entries in page.chunks(TOLD_TOGETHER) {
                self.replay(entries, hub)?;
            }
        }
        Ok(())
    }

    fn replay(&mut self, entries: &[Recorded], hub: Option<&Hub>) -> Result<(), RecoverError> {
        for entry in entries {
            self.replay_one(entry)?;
            if hub.is_some() {
                self.changes.note(&self.out, entry.at);
            }
        }
        if let (Some(hub), Some(last)) = (hub, entries.last()) {
            let updates = self.changes.updates(&self.exchange, self.position, last.at);
            hub.tell(updates, self.position);
        }
        Ok(())
    }

    fn replay_one(&mut self, entry: &Recorded) -> Result<(), RecoverError> {
        if entry.position != self.position + 1 {
            return Err(RecoverError::Gap(self.position, entry.position));
        }
        self.exchange
            .execute(entry.at, &entry.command, &mut self.out);
        self.position = entry.position;
        if let Command::BeginEpoch { epoch } = entry.command {
            self.epoch = Epoch(epoch);
        }
        if self.exchange.last_event() == entry.events_through {
            return Ok(());
        }
        Err(RecoverError::Differs {
            position: entry.position,
            replayed: self.exchange.last_event(),
            recorded: entry.events_through,
        })
    }
}
