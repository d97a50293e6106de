//! What can go wrong, one file each: how it is broken, and how an operator mends it.

mod corrupt_database;
mod disk_full;
mod kills;
mod lost_broker;
mod lost_database;
mod ransomed_volume;
mod restoring;
mod trial;

pub(super) use trial::Trial;

use clap::ValueEnum;
use serde::Serialize;

/// A disaster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scenario {
    /// The broker is killed.
    KillBroker,
    /// cat-node is killed.
    KillCatNode,
    /// cadaver-exchange is killed.
    KillCadaverExchange,
    /// mouse-trap is killed.
    KillMouseTrap,
    /// The runner is killed, and everything with it.
    KillRunner,
    /// The disk is full.
    DiskFull,
    /// Noise is written into a database's file.
    CorruptDatabase,
    /// The broker's folder is deleted.
    LostBroker,
    /// A database is deleted.
    LostDatabase,
    /// Every file of the volume is encrypted by somebody else.
    RansomedVolume,
}

impl Scenario {
    /// All, from the least bad to the worst.
    pub(super) const ALL: [Self; 10] = [
        Self::KillBroker,
        Self::KillCatNode,
        Self::KillCadaverExchange,
        Self::KillMouseTrap,
        Self::KillRunner,
        Self::DiskFull,
        Self::CorruptDatabase,
        Self::LostBroker,
        Self::LostDatabase,
        Self::RansomedVolume,
    ];

    /// Its name on the command line and in reports.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
