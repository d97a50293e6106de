//! Backups of a data folder while everything runs, and the way back.
//!
//! A backup is a *cut*: for a few milliseconds no service may commit, so that what is noted of all stores then is of one
//! moment, and nothing in one store is an effect of what another lacks. A *base* is a whole copy at a cut; *increments* are
//! what was committed between later cuts: SQLite's own write-ahead frames and the broker's own log. See
//! `docs/decisions/0029-a-backup-is-one-moment-of-all-stores.md`.

mod assembly;
mod base;
mod broker_log;
mod catalogue;
mod check;
mod cut;
mod database;
mod identity;
mod increment;
mod key;
mod lock;
mod manifest;
mod options;
mod replace;
mod restore;
mod retention;
mod sealed;
mod staging;
mod status;
mod stores;
#[cfg(test)]
mod tests;
mod vault;
mod wal;

pub(crate) use catalogue::Catalogue;
pub(crate) use check::check_stores;
pub(crate) use key::BackupKey;
pub(crate) use lock::BackupLock;
pub(crate) use options::{BackupPace, BackupPlace, key_lies_with_backups};
pub(crate) use replace::UNDER_WAY;
pub(crate) use restore::{RestoreReport, Restoring};
pub(crate) use status::{BackupStatus, StatusFile};
pub(crate) use vault::{Vault, Written};
