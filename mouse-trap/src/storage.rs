//! What mouse-trap needs of a database, as a contract that every adapter keeps (`tests/it/storage_contract`).
//!
//! Every write is atomic: all of it is there after a crash, or none. Writes that change a trap name the version that they
//! were decided on and answer [`Write::Conflict`], changing nothing, when another write came first; the caller decides again.
//! Events handed to a write are pending in the outbox once it is done. Times are kept to the millisecond.

pub mod mongodb;
pub mod sqlite;
mod words;

use crate::domain::catch::{Bycatch, Capture, RodentKind};
use crate::domain::command::TrapCommand;
use crate::domain::portal::outcome::Outcome;
use crate::domain::report::{RecordedReport, ReportKey, ReportResult};
use crate::domain::site::Site;
use crate::domain::trap::Trap;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use shared_events::OutgoingEvent;
use shared_events::id::{CaptureId, CatId, CommandId, SiteId, TrapId};
use std::collections::HashMap;
use std::fmt::Debug;
use thiserror::Error;

/// The database did not serve.
#[derive(Debug, Error)]
#[error("the database could not {attempted}")]
pub struct StorageError {
    /// What was attempted, for example `list traps`.
    pub attempted: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// It is stored.
    Done,
    /// Another write came first or the identifier is taken: nothing was changed.
    Conflict,
}

/// All that mouse-trap keeps.
pub trait Storage:
    SiteStorage
    + TrapStorage
    + ReportStorage
    + CatchStorage
    + CommandStorage
    + ImportStorage
    + CatStorage
{
}

impl<T> Storage for T where
    T: SiteStorage
        + TrapStorage
        + ReportStorage
        + CatchStorage
        + CommandStorage
        + ImportStorage
        + CatStorage
{
}

/// Sites.
#[async_trait]
pub trait SiteStorage: Debug + Send + Sync {
    /// Stores a new site; its id being taken is a conflict.
    async fn register_site(&self, site: Site) -> Result<Write, StorageError>;
    /// One site.
    async fn site(&self, id: &SiteId) -> Result<Option<Site>, StorageError>;
    /// The sites whose ids come after `after`, in the order of their ids, at most `limit`.
    async fn sites(&self, after: Option<&SiteId>, limit: u32) -> Result<Vec<Site>, StorageError>;
}

/// A trap as it shall be, and the version on which that was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct TrapChange {
    /// The version before.
    pub expected_version: u64,
    /// The trap after.
    pub trap: Trap,
}

/// Which traps to list; what is `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrapFilter {
    /// The cat that hunts with them.
    pub owner: Option<CatId>,
    /// Where they stand.
    pub site: Option<SiteId>,
}

/// Traps and their credentials.
#[async_trait]
pub trait TrapStorage: Debug + Send + Sync {
    /// Stores new traps, all or none; an id being taken is a conflict.
    async fn register_traps(
        &self,
        traps: Vec<Trap>,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError>;
    /// One trap.
    async fn trap(&self, id: &TrapId) -> Result<Option<Trap>, StorageError>;
    /// Those of the traps that exist, in any order.
    async fn traps_named(&self, ids: Vec<TrapId>) -> Result<Vec<Trap>, StorageError>;
    /// The traps whose ids come after `after`, in the order of their ids, at most `limit`.
    async fn traps(
        &self,
        filter: TrapFilter,
        after: Option<&TrapId>,
        limit: u32,
    ) -> Result<Vec<Trap>, StorageError>;
    /// Replaces a trap.
    async fn update_trap(
        &self,
        change: TrapChange,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError>;
    /// Traps in service that count as online and were last seen before `seen_before`, longest silent first, at most `limit`.
    async fn silent_traps(
        &self,
        seen_before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Trap>, StorageError>;
}

/// All that one batch of reports, or one batch of an import, changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// The traps after it.
    pub traps: Vec<TrapChange>,
    /// New reports; one that is stored already is a conflict.
    pub reports: Vec<(TrapId, RecordedReport)>,
    /// New captures.
    pub captures: Vec<Capture>,
    /// New bycatch.
    pub bycatch: Vec<Bycatch>,
    /// Commands that came to their end; one that was ended already is a conflict.
    pub settled: Vec<TrapCommand>,
    /// New lines of imports; one that is stored already is a conflict.
    pub import_rows: Vec<ImportedRow>,
    /// What the world shall hear.
    pub events: Vec<OutgoingEvent>,
}

/// Reports and what they cause.
#[async_trait]
pub trait ReportStorage: Debug + Send + Sync {
    /// What became of those of the trap's reports that are stored.
    async fn known_reports(
        &self,
        trap: &TrapId,
        keys: Vec<ReportKey>,
    ) -> Result<HashMap<ReportKey, ReportResult>, StorageError>;
    /// Stores all of it, or nothing on a conflict.
    async fn record(&self, recording: Recording) -> Result<Write, StorageError>;
}

/// Which catches to list; what is `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatchFilter {
    /// The cat that caught them.
    pub hunter: Option<CatId>,
    /// The trap that caught them.
    pub trap: Option<TrapId>,
    /// Where.
    pub site: Option<SiteId>,
    /// Mice or rats; bycatch has no kind and passes over this.
    pub kind: Option<RodentKind>,
    /// Caught at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// Caught before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// A place in a list of catches, which runs from the newest to the oldest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatchPlace {
    /// When the catch there was made.
    pub caught_at: DateTime<Utc>,
    /// Which it is; among catches of one instant the list runs down the ids.
    pub id: CaptureId,
}

/// How many captures there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaptureCounts {
    /// Of kind mouse.
    pub mouse: u64,
    /// Of kind rat.
    pub rat: u64,
    /// Of either kind, declared wrong.
    pub voided: u64,
}

/// Captures and bycatch.
#[async_trait]
pub trait CatchStorage: Debug + Send + Sync {
    /// One capture.
    async fn capture(&self, id: &CaptureId) -> Result<Option<Capture>, StorageError>;
    /// Captures after `after`, newest first, at most `limit`.
    async fn captures(
        &self,
        filter: CatchFilter,
        after: Option<CatchPlace>,
        limit: u32,
    ) -> Result<Vec<Capture>, StorageError>;
    /// How many captures the filter finds.
    async fn count_captures(&self, filter: CatchFilter) -> Result<CaptureCounts, StorageError>;
    /// Bycatch after `after`, newest first, at most `limit`.
    async fn bycatch(
        &self,
        filter: CatchFilter,
        after: Option<CatchPlace>,
        limit: u32,
    ) -> Result<Vec<Bycatch>, StorageError>;
    /// Marks a capture voided; being voided already is a conflict.
    async fn void_capture(
        &self,
        capture: Capture,
        change: TrapChange,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError>;
}

/// Commands to traps.
#[async_trait]
pub trait CommandStorage: Debug + Send + Sync {
    /// Stores a command once; its id being taken is a conflict. `change` comes with a command that is refused at once.
    async fn add_command(
        &self,
        command: TrapCommand,
        change: Option<TrapChange>,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError>;
    /// One command.
    async fn command(&self, id: &CommandId) -> Result<Option<TrapCommand>, StorageError>;
    /// The trap's commands that have not ended, oldest request first, at most `limit`.
    async fn open_commands(
        &self,
        trap: &TrapId,
        limit: u32,
    ) -> Result<Vec<TrapCommand>, StorageError>;
    /// Notes that queued commands were delivered; those that are no longer queued stay as they are.
    async fn mark_delivered(
        &self,
        ids: Vec<CommandId>,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// Commands that have not ended and whose time ended at `now` or before, at most `limit`.
    async fn overdue_commands(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<TrapCommand>, StorageError>;
}

/// A line of an import and its one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRow {
    /// The import that it belongs to, for example `portal`.
    pub import: String,
    /// Its place in the file; the first record is 1.
    pub number: u32,
    /// The record's own id, as written.
    pub record_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The capture or bycatch that it became.
    pub catch: Option<CaptureId>,
}

/// Imports.
#[async_trait]
pub trait ImportStorage: Debug + Send + Sync {
    /// The stored lines from number `first` to number `last`, in order.
    async fn import_rows_between(
        &self,
        import: &str,
        first: u32,
        last: u32,
    ) -> Result<Vec<ImportedRow>, StorageError>;
    /// The stored lines after number `after`, of one outcome or of all, in order, at most `limit`.
    async fn import_rows(
        &self,
        import: &str,
        outcome: Option<Outcome>,
        after: u32,
        limit: u32,
    ) -> Result<Vec<ImportedRow>, StorageError>;
    /// How many lines of the import ended how.
    async fn import_counts(&self, import: &str) -> Result<HashMap<Outcome, u64>, StorageError>;
}

/// What names cats, whatever it is.
#[async_trait]
pub trait CatStorage: Debug + Send + Sync {
    /// Writes [`CatId::erased`] wherever this cat is named: as owner, as hunter, as the one who asked. Whoever changes one of
    /// its traps at the same time meets a conflict. Done again, it changes nothing.
    async fn forget_cat(&self, cat: &CatId) -> Result<(), StorageError>;
}
