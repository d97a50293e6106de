//! What goes wrong in a simulation, and how often: drawn by its seed, so that some seeds are calm and some are mad.

use super::dice::Dice;
use std::time::Duration;

/// The defects that can be planted into the pieces around the engine, to show that a simulation finds such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// An append is answered before it is on the disk.
    AcknowledgeBeforeDurable,
    /// Whoever appends may, whoever holds the lease, and writes over what is there.
    IgnoreFencing,
    /// A command's id is not looked for before it is carried out.
    ForgetSources,
    /// A capture that is delivered again gets another lot.
    RenameRedelivered,
    /// Trades are journaled and told at another price than was settled.
    WrongPrice,
    /// After a restart the newest pending event counts as published.
    SkipLastEvent,
    /// A restart does not see the last entry.
    LoseLastEntry,
    /// Events of one key are published in the wrong order.
    PublishBackwards,
    /// A snapshot is of a state that never was, with its own hash and the right number of events.
    DriftedSnapshot,
    /// A damaged entry is read as if nothing were.
    ReadDamaged,
}

impl Bug {
    pub(super) const ALL: [Self; 10] = [
        Self::AcknowledgeBeforeDurable,
        Self::IgnoreFencing,
        Self::ForgetSources,
        Self::RenameRedelivered,
        Self::WrongPrice,
        Self::SkipLastEvent,
        Self::LoseLastEntry,
        Self::PublishBackwards,
        Self::DriftedSnapshot,
        Self::ReadDamaged,
    ];
}

/// Frequencies are per mille.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    /// The database is a server: what a process has sent lands whether it lives or not, entry by entry.
    pub(super) disk_is_server: bool,
    /// A second process contends for the lease.
    pub(super) rival: bool,
    /// A call of the database fails.
    pub(super) storage_fails: u64,
    /// A call takes long.
    pub(super) storage_stalls: u64,
    /// A message is lost on its way and comes again later.
    pub(super) message_lost: u64,
    /// A message that was dealt with comes again.
    pub(super) message_doubled: u64,
    /// Messages come in any order, not in order per key.
    pub(super) unordered: bool,
    /// A publication fails, or fails only as it seems.
    pub(super) publish_fails: u64,
    /// An answer to a client is lost.
    pub(super) answer_lost: u64,
    /// What the operator of fate does each time that it looks.
    pub(super) crash: u64,
    pub(super) sleep: u64,
    pub(super) jump: u64,
    pub(super) damage: u64,
    pub(super) planted: Option<Bug>,
}

impl Faults {
    pub(super) fn drawn(dice: &mut Dice, planted: Option<Bug>) -> Self {
        let mut some = |most: u64| {
            if dice.chance(600) {
                dice.below(most + 1)
            } else {
                0
            }
        };
        Self {
            storage_fails: some(15),
            storage_stalls: some(40),
            message_lost: some(300),
            message_doubled: some(300),
            publish_fails: some(200),
            answer_lost: some(200),
            crash: some(500),
            sleep: some(250),
            jump: some(300),
            damage: some(100),
            disk_is_server: dice.chance(500),
            rival: dice.chance(600),
            unordered: dice.chance(300),
            planted,
        }
    }

    /// Nothing but what the scene itself does.
    pub(super) const fn none() -> Self {
        Self {
            disk_is_server: true,
            rival: false,
            storage_fails: 0,
            storage_stalls: 0,
            message_lost: 0,
            message_doubled: 0,
            unordered: false,
            publish_fails: 0,
            answer_lost: 0,
            crash: 0,
            sleep: 0,
            jump: 0,
            damage: 0,
            planted: None,
        }
    }

    /// Nothing goes wrong any more.
    pub(super) fn cease(&mut self) {
        *self = Self {
            disk_is_server: self.disk_is_server,
            rival: self.rival,
            planted: self.planted,
            ..Self::none()
        };
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.planted == Some(bug)
    }
}

/// How long a call of the database takes, one way.
pub(super) fn latency(dice: &mut Dice, stalls: u64) -> Duration {
    let micros = if dice.chance(stalls) {
        dice.between(10_000, 600_000)
    } else {
        dice.between(0, 2_000)
    };
    Duration::from_micros(micros)
}
