//! What happened, for the world to hear. Each knows its place among the events of its trap.

use super::catch::{Capture, Voiding};
use super::command::{Settlement, TrapCommand};
use super::site::Jurisdiction;
use super::trap::Trap;
use chrono::{DateTime, Utc};
use shared_events::events::TrapState;

/// Something that the world shall hear.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Its place among the events of its trap.
    pub sequence: u64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A trap was put under control.
    TrapRegistered(Box<Trap>),
    /// A trap's condition changed.
    TrapStateChanged {
        /// The trap, as it is now.
        trap: Box<Trap>,
        /// What it became.
        state: TrapState,
        /// When, by its clock.
        at: DateTime<Utc>,
    },
    /// A rodent was caught.
    RodentCaught(Box<Capture>),
    /// A capture was declared wrong.
    CaptureVoided(Box<Capture>, Voiding),
    /// A command came to its end.
    CommandSettled {
        /// Which.
        command: Box<TrapCommand>,
        /// How.
        settlement: Settlement,
        /// Where the trap's data may live.
        jurisdiction: Jurisdiction,
    },
}
