//! What a trap reports, once it is believed.

use super::catch::{Animal, AnimalName, Confidence, Sex};
use super::mass::Grams;
use super::text::Line;
use chrono::{DateTime, Utc};
use shared_events::events::TrapState;
use shared_events::id::{CaptureId, CommandId};
use std::fmt;
use thiserror::Error;

/// What a trap adds to its answer, for people.
pub type AnswerDetail = Line<200>;

/// The longest batch of reports.
pub const LONGEST_BATCH: usize = 1000;

/// Which start of the device counted: an identifier by the common rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Boot(String);

/// The text names no boot.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a boot has 1 to 64 characters of A-Z a-z 0-9 . _ -")]
pub struct BootError;

impl Boot {
    /// Checks the common rule of identifiers.
    pub fn new(text: impl Into<String>) -> Result<Self, BootError> {
        let text = text.into();
        if shared_events::id::is_valid(&text) {
            Ok(Self(text))
        } else {
            Err(BootError)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The largest counter: what every store holds as a whole number.
pub const LARGEST_COUNTER: u64 = i64::MAX.unsigned_abs();

/// What a report is known by, among those of its trap: a second one with the same key is the first one, repeated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReportKey {
    /// The device's start.
    pub boot: Boot,
    /// Its count since then, at most [`LARGEST_COUNTER`].
    pub counter: u64,
}

/// One thing that a trap reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it is known by.
    pub key: ReportKey,
    /// When it happened, by the device's clock.
    pub at: DateTime<Utc>,
    /// What happened.
    pub observation: Observation,
}

/// What happened at a trap.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It holds something.
    Catch(CatchSeen),
    /// It became armed, sprung, disarmed, online, low on battery, or was tampered with.
    State(TrapState),
    /// It is alive.
    Heartbeat {
        /// Charge in per cent, 0 to 100.
        battery_percent: Option<u8>,
    },
    /// It answers a command.
    CommandAnswer {
        /// Which.
        command: CommandId,
        /// Whether it did as it was told.
        done: bool,
        /// For people.
        detail: Option<AnswerDetail>,
    },
}

/// What the trap saw of a catch.
#[derive(Clone, Debug, PartialEq)]
pub struct CatchSeen {
    /// A rodent, or another animal.
    pub animal: Animal,
    /// The Latin name.
    pub species: Option<AnimalName>,
    /// When weighed.
    pub mass: Option<Grams>,
    /// When told.
    pub sex: Option<Sex>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportResult {
    /// A rodent, announced.
    Capture(CaptureId),
    /// Something else, kept.
    Bycatch(CaptureId),
    /// A state, whether it changed anything or came too late.
    State,
    /// A sign of life.
    Heartbeat,
    /// An answer to a command.
    CommandAnswer,
}

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedReport {
    /// What it is known by.
    pub key: ReportKey,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub result: ReportResult,
}

impl ReportResult {
    /// Its name in databases and JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Capture(_) => "capture",
            Self::Bycatch(_) => "bycatch",
            Self::State => "state",
            Self::Heartbeat => "heartbeat",
            Self::CommandAnswer => "command-answer",
        }
    }

    /// The result of that name; `catch` makes the id of a catch.
    #[must_use]
    pub fn named(name: &str, catch: impl FnOnce() -> CaptureId) -> Option<Self> {
        Some(match name {
            "capture" => Self::Capture(catch()),
            "bycatch" => Self::Bycatch(catch()),
            "state" => Self::State,
            "heartbeat" => Self::Heartbeat,
            "command-answer" => Self::CommandAnswer,
            _ => return None,
        })
    }

    /// The capture or bycatch that it made.
    #[must_use]
    pub const fn catch(&self) -> Option<&CaptureId> {
        match self {
            Self::Capture(id) | Self::Bycatch(id) => Some(id),
            _ => None,
        }
    }
}
