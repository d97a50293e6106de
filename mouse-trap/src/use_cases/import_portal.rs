//! Import the Portal record: every line gets exactly one stored outcome, however often the import is killed and run again.

mod batch;
mod ground;

use super::{MOST_ATTEMPTS, MouseTrap};
use crate::domain::portal::outcome::{Outcome, Reading, Refusal, read_row};
use crate::domain::portal::row::PortalRow;
use crate::domain::portal::species::SpeciesTable;
use crate::domain::portal::stakes::StakeMap;
use crate::domain::site::Jurisdiction;
use crate::storage::{StorageError, Write};
use batch::Batch;
use chrono::{DateTime, TimeDelta, Utc};
use ground::Ground;
use shared_events::id::CatId;
use std::collections::{BTreeSet, HashMap, HashSet};
use thiserror::Error;

/// The import's name in storage and URLs.
pub const PORTAL: &str = "portal";

/// Lines that are stored in one write.
pub const LINES_PER_WRITE: usize = 1000;

/// What to import, and how.
#[derive(Debug)]
pub struct PortalImport {
    /// The record's lines.
    pub rows: Vec<PortalRow>,
    /// Which code is which animal.
    pub species: SpeciesTable,
    /// Where the stakes are.
    pub stakes: StakeMap,
    /// Whose the plots are: plot `p` belongs to the `p`-th, round and round. At least one.
    pub hunters: Vec<CatId>,
    /// Where the data of the study may live.
    pub jurisdiction: Jurisdiction,
    /// When the catches were made.
    pub dating: Dating,
}

/// When the catches of an import were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dating {
    /// Just now, a millisecond apart in the order of the file: the market takes fresh cadavers only.
    Now,
    /// When the record says.
    AsRecorded,
}

/// Why an import stopped. What it stored stays, and running it again goes on from there.
#[derive(Debug, Error)]
pub enum ImportPortalError {
    /// Nobody to give the catches to.
    #[error("an import needs at least one hunter")]
    NoHunter,
    /// Another file was imported before.
    #[error(
        "line {number} of this file is record {here:?}, but the import stored record {stored:?} there: it is another file"
    )]
    AnotherFile {
        /// The line.
        number: u32,
        /// What this file says.
        here: String,
        /// What was imported.
        stored: String,
    },
    /// Other writes kept coming first.
    #[error(
        "the lines from {0} on could not be stored: other writes to their traps kept coming first"
    )]
    Contended(u32),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// How many lines ended how, by what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary(HashMap<Outcome, u64>);

impl ImportSummary {
    /// How many lines ended so.
    #[must_use]
    pub fn lines(&self, outcome: Outcome) -> u64 {
        self.0.get(&outcome).copied().unwrap_or_default()
    }

    /// All lines.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The lines that became captures.
    #[must_use]
    pub fn captures(&self) -> u64 {
        self.lines(Outcome::Mouse) + self.lines(Outcome::Rat)
    }
}

/// A line and what it says.
#[derive(Debug)]
pub(super) struct JudgedRow {
    row: PortalRow,
    reading: Result<Reading, Refusal>,
}

/// Imports the record; `progress` hears how many lines have their outcome.
pub async fn import_portal(
    app: &MouseTrap,
    import: PortalImport,
    mut progress: impl FnMut(usize),
) -> Result<ImportSummary, ImportPortalError> {
    if import.hunters.is_empty() {
        return Err(ImportPortalError::NoHunter);
    }
    let started = app.clock.now();
    let PortalImport {
        rows,
        species,
        stakes,
        hunters,
        jurisdiction,
        dating,
    } = import;
    let judged = judge(rows, &species, dating, started);
    let needed: BTreeSet<_> = judged
        .iter()
        .filter_map(|judged| catch_of(judged).map(|catch| catch.stake))
        .collect();
    let mut ground = Ground {
        stakes,
        hunters,
        jurisdiction,
        traps: HashMap::new(),
    };
    ground.prepare(app, needed).await?;
    let mut done = 0;
    for lines in judged.chunks(LINES_PER_WRITE) {
        store(app, &mut ground, lines).await?;
        done += lines.len();
        progress(done);
    }
    import_summary(app).await.map_err(Into::into)
}

/// How the import stands.
pub async fn import_summary(app: &MouseTrap) -> Result<ImportSummary, StorageError> {
    app.storage.import_counts(PORTAL).await.map(ImportSummary)
}

fn catch_of(judged: &JudgedRow) -> Option<&crate::domain::portal::outcome::PortalCatch> {
    match &judged.reading {
        Ok(Reading::Catch(catch)) => Some(catch),
        _ => None,
    }
}

fn judge(
    rows: Vec<PortalRow>,
    species: &SpeciesTable,
    dating: Dating,
    started: DateTime<Utc>,
) -> Vec<JudgedRow> {
    let mut counted = HashSet::new();
    let mut before_end = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let mut judge_row = |row: PortalRow| {
        before_end -= 1;
        let mut reading = read_row(&row, species, started);
        if let Ok(Reading::Catch(catch)) = &mut reading {
            if dating == Dating::Now {
                catch.caught_at = started - TimeDelta::milliseconds(before_end);
            }
            if !counted.insert(catch.record_id) {
                reading = Err(Refusal::RepeatedRecordId(catch.record_id));
            }
        }
        JudgedRow { row, reading }
    };
    rows.into_iter().map(&mut judge_row).collect()
}

/// Stores what is not stored yet of the lines, in one write.
async fn store(
    app: &MouseTrap,
    ground: &mut Ground,
    lines: &[JudgedRow],
) -> Result<(), ImportPortalError> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Ok(());
    };
    for _ in 0..MOST_ATTEMPTS {
        let stored = app
            .storage
            .import_rows_between(PORTAL, first.row.number, last.row.number)
            .await?;
        let stored: HashMap<_, _> = stored
            .into_iter()
            .map(|row| (row.number, row.record_id))
            .collect();
        let mut batch = Batch::new(app.clock.now());
        for line in lines {
            match stored.get(&line.row.number) {
                Some(record_id) if *record_id == line.row.record_id => {}
                Some(record_id) => {
                    let (number, here) = (line.row.number, line.row.record_id.clone());
                    return Err(ImportPortalError::AnotherFile {
                        number,
                        here,
                        stored: record_id.clone(),
                    });
                }
                None => batch.take(line, ground),
            }
        }
        let Some(recording) = batch.into_recording(app, ground) else {
            return Ok(());
        };
        let touched: Vec<_> = recording
            .traps
            .iter()
            .map(|change| change.trap.id.clone())
            .collect();
        if app.storage.record(recording).await? == Write::Done {
            app.relay.notify_one();
            return Ok(());
        }
        ground.reload(app, touched).await?;
    }
    Err(ImportPortalError::Contended(first.row.number))
}
