//! What the exchange asks of a database. Two adapters keep this contract, `sqlite` and `mongodb`; one suite tests both.

pub mod entry;
pub mod lease;
pub mod mongodb;
pub mod sqlite;

pub use entry::{Entry, Recorded, StatedLine, StatementLine, StoredEvent, Told, TradeRecord};
pub use lease::{Epoch, Lease};

use crate::{
    domain::{Market, Moment, canonical::StateHash},
    market_data::candle::{Base, Candle},
};
use async_trait::async_trait;
use service_chassis::health::ReadinessCheck;
use shared_events::id::CatId;
use std::collections::HashSet;
use uuid::Uuid;

/// The state at a position of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry that the state contains.
    pub position: u64,
    /// The hash of the state.
    pub hash: StateHash,
    /// The state in its canonical form.
    pub state: Vec<u8>,
}

/// The database did not do what the journal needs.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database cannot be reached or failed.
    #[error("the database could not {attempted}")]
    Unavailable {
        /// What was attempted, for example `append to the journal`.
        attempted: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process writes the same journal.
    #[error(
        "position {0} of the journal is taken: another cadaver-exchange writes to this database"
    )]
    PositionTaken(u64),
    /// Another process has taken the lease.
    #[error(
        "the lease of epoch {epoch} is over, another cadaver-exchange has begun epoch {current}: this one may not write any more"
    )]
    Fenced {
        /// Whose write it was.
        epoch: Epoch,
        /// Who may write now.
        current: Epoch,
    },
    /// An entry's bytes are not those that were written.
    #[error(
        "the journal's entry {0} is damaged: its bytes are not those that were written. Restore the database from a backup"
    )]
    Damaged(u64),
    /// An entry is as it was written, and says what this version does not know.
    #[error(
        "the journal's entry {position} is whole, but this version of cadaver-exchange cannot read it. Start the version that wrote it, or a newer one"
    )]
    UnknownEntry {
        /// The entry.
        position: u64,
        /// What is not known.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database's own file is damaged.
    #[error(
        "the database's file is damaged: it could not {attempted}. Restore the database from a backup"
    )]
    DamagedFile {
        /// What was attempted.
        attempted: &'static str,
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What is stored cannot be read.
    #[error("the stored {what} cannot be read")]
    Unreadable {
        /// What it is.
        what: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The journal, its snapshots, and how far its events have been published.
///
/// Contract:
/// - an appended entry is durable when `append` returns; a failed `append` may have stored a prefix of its
///   entries, so the caller must stop and start again from what is stored;
/// - a position is taken once, so that of two writers one fails;
/// - of two writers that hold the lease for different epochs, the one of the earlier epoch appends nothing after the other's first entry;
/// - an entry whose stored bytes have changed is not given out: reading it fails with [`StorageError::Damaged`];
/// - a source is recorded at most once;
/// - `entries` gives what was appended, in order of position.
#[async_trait]
pub trait Storage: ReadinessCheck + std::fmt::Debug + 'static {
    /// The name of this journal: drawn when the database was first used, and its own for ever.
    async fn journal_id(&self) -> Result<Uuid, StorageError>;

    /// The lease as it is now.
    async fn lease(&self) -> Result<Lease, StorageError>;

    /// Begins the epoch after the one that was `seen`; nothing if the lease has changed since.
    async fn take_lease(&self, seen: Lease, holder: String) -> Result<Option<Epoch>, StorageError>;

    /// Says that the holder is alive; fails with [`StorageError::Fenced`] if another epoch has begun.
    async fn renew_lease(&self, epoch: Epoch) -> Result<(), StorageError>;

    /// Gives the lease back, so that another may take it at once.
    async fn release_lease(&self, epoch: Epoch) -> Result<(), StorageError>;

    /// Appends entries, whose positions follow each other, for the writer of an epoch.
    async fn append(&self, epoch: Epoch, entries: Vec<Entry>) -> Result<(), StorageError>;

    /// The entries after `position`, at most `limit`.
    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StorageError>;

    /// Those of `sources` that an entry has recorded.
    async fn known_sources(&self, sources: Vec<String>) -> Result<HashSet<String>, StorageError>;

    /// The trades of a market with numbers below `before`, newest first, at most `limit`.
    async fn trades(
        &self,
        market: Market,
        before: u64,
        limit: usize,
    ) -> Result<Vec<TradeRecord>, StorageError>;

    /// The candles of a market that begin at or after the first moment and before the second, oldest first.
    async fn candles(
        &self,
        market: Market,
        base: Base,
        span: (Moment, Moment),
    ) -> Result<Vec<Candle>, StorageError>;

    /// The lines of a cat's statement with numbers below `before`, newest first, at most `limit`.
    async fn statement(
        &self,
        cat: CatId,
        before: u64,
        limit: usize,
    ) -> Result<Vec<StatedLine>, StorageError>;

    /// The events of the entries that hold events after the one numbered `event`, oldest first, at most `limit` entries.
    async fn told_after(&self, event: u64, limit: usize) -> Result<Vec<Told>, StorageError>;

    /// The number of the last event that, with all before it, has been published.
    async fn published(&self) -> Result<u64, StorageError>;

    /// Sets that number, unless it is larger already.
    async fn set_published(&self, event: u64) -> Result<(), StorageError>;

    /// Stores a snapshot and forgets all but the newest [`SNAPSHOTS_KEPT`].
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StorageError>;

    /// The positions of the stored snapshots, newest first.
    async fn snapshot_positions(&self) -> Result<Vec<u64>, StorageError>;

    /// The snapshot at a position; nothing if it is not there or not whole.
    async fn snapshot(&self, position: u64) -> Result<Option<Snapshot>, StorageError>;
}

/// How many snapshots are kept: the newest, and one to fall back on.
pub const SNAPSHOTS_KEPT: usize = 2;
