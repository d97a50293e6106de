//! A simulated database: what it holds whatever crashes, and what a crash takes from it.

use super::dice::Dice;
use cadaver_exchange::storage::{
    Entry, Epoch, Lease, Recorded, SNAPSHOTS_KEPT, Snapshot, StorageError, Told,
};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// One line of the journal.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) entry: Entry,
    pub(super) epoch: Epoch,
    pub(super) is_damaged: bool,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) journal: BTreeMap<u64, Row>,
    /// Where entries with events are, by the number of their last.
    telling: BTreeMap<u64, u64>,
    pub(super) lease: Option<Lease>,
    sources: HashSet<String>,
    published: u64,
    /// The mark as it was synced last: a crash may bring it back.
    synced: u64,
    pub(super) snapshots: BTreeMap<u64, Snapshot>,
    /// Entries that are gone after a crash, if a planted bug lets there be such.
    unsynced: Vec<u64>,
}

impl Disk {
    pub(super) const JOURNAL_ID: Uuid = Uuid::from_u128(0x5eed);

    pub(super) fn last(&self) -> u64 {
        self.journal.last_key_value().map_or(0, |(last, _)| *last)
    }

    /// The number of the last event in the journal.
    pub(super) fn last_event(&self) -> u64 {
        let last = self.journal.last_key_value();
        last.map_or(0, |(_, row)| row.entry.events_through())
    }

    pub(super) fn lease(&self) -> Lease {
        self.lease.clone().unwrap_or(Lease {
            is_free: true,
            ..Lease::default()
        })
    }

    pub(super) fn take_lease(&mut self, seen: &Lease, holder: String) -> Option<Epoch> {
        let lease = self.lease();
        if lease != *seen {
            return None;
        }
        let epoch = Epoch(lease.epoch.0 + 1);
        self.lease = Some(Lease {
            epoch,
            beat: 0,
            holder,
            is_free: false,
        });
        Some(epoch)
    }

    pub(super) fn check_epoch(&self, epoch: Epoch) -> Result<(), StorageError> {
        let current = self.lease().epoch;
        if current == epoch {
            return Ok(());
        }
        Err(StorageError::Fenced { epoch, current })
    }

    pub(super) fn beat(&mut self, epoch: Epoch) -> Result<(), StorageError> {
        self.check_epoch(epoch)?;
        if let Some(lease) = &mut self.lease {
            lease.beat += 1;
            lease.is_free = false;
        }
        Ok(())
    }

    pub(super) fn free(&mut self, epoch: Epoch) -> Result<(), StorageError> {
        self.check_epoch(epoch)?;
        if let Some(lease) = &mut self.lease {
            lease.is_free = true;
        }
        Ok(())
    }

    /// A lock goes with its process.
    pub(super) fn free_lease_of(&mut self, holder: &str) {
        if let Some(lease) = &mut self.lease
            && lease.holder == holder
        {
            lease.is_free = true;
        }
    }

    pub(super) fn insert(&mut self, epoch: Epoch, entry: Entry) -> Result<(), StorageError> {
        let position = entry.position;
        let is_repeated = entry
            .source
            .as_ref()
            .is_some_and(|source| self.sources.contains(source));
        if self.journal.contains_key(&position) || is_repeated {
            return Err(StorageError::PositionTaken(position));
        }
        self.put(epoch, entry);
        Ok(())
    }

    /// Without a check.
    pub(super) fn put(&mut self, epoch: Epoch, entry: Entry) {
        self.sources.extend(entry.source.clone());
        if !entry.events.is_empty() {
            self.telling.insert(entry.events_through(), entry.position);
        }
        let row = Row {
            epoch,
            is_damaged: false,
            entry,
        };
        self.journal.insert(row.entry.position, row);
    }

    pub(super) fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StorageError> {
        let rows = self.journal.range(after + 1..).take(limit);
        rows.map(|(position, row)| {
            if row.is_damaged {
                return Err(StorageError::Damaged(*position));
            }
            Ok(Recorded {
                position: *position,
                at: row.entry.at,
                command: row.entry.command.clone(),
                events_through: row.entry.events_through(),
            })
        })
        .collect()
    }

    pub(super) fn known_sources(&self, sources: Vec<String>) -> HashSet<String> {
        let known = sources.into_iter();
        known
            .filter(|source| self.sources.contains(source))
            .collect()
    }

    pub(super) fn told_after(&self, event: u64, limit: usize) -> Result<Vec<Told>, StorageError> {
        let positions = self
            .telling
            .range(event + 1..)
            .map(|(_, position)| position);
        let rows = positions.filter_map(|position| self.journal.get(position));
        rows.take(limit)
            .map(|row| {
                if row.is_damaged {
                    return Err(StorageError::Damaged(row.entry.position));
                }
                Ok(Told {
                    at: row.entry.at,
                    traceparent: row.entry.traceparent.clone(),
                    events_before: row.entry.events_before,
                    events: row.entry.events.clone(),
                })
            })
            .collect()
    }

    pub(super) const fn published(&self) -> u64 {
        self.published
    }

    pub(super) const fn set_published(&mut self, event: u64) {
        if event > self.published {
            self.published = event;
        }
    }

    pub(super) fn save_snapshot(&mut self, snapshot: Snapshot) {
        self.snapshots.insert(snapshot.position, snapshot);
        while self.snapshots.len() > SNAPSHOTS_KEPT {
            self.snapshots.pop_first();
        }
    }

    /// What a planted bug leaves in a cache: the last few entries.
    pub(super) fn leave_unsynced(&mut self, positions: impl Iterator<Item = u64>) {
        self.unsynced.extend(positions);
        let synced = self.unsynced.len().saturating_sub(4);
        self.unsynced.drain(..synced);
    }

    /// What who writes leaves behind when it ends at once: marks and snapshots may not have reached the disk, or not whole.
    pub(super) fn crash(&mut self, holder: &str, dice: &mut Dice) {
        if self.lease().holder != holder {
            return;
        }
        if dice.chance(500) {
            self.published = self.synced;
        }
        self.synced = self.published;
        if dice.chance(200) {
            self.snapshots.pop_last();
        } else if dice.chance(200) {
            self.tear_snapshot(dice);
        }
        for position in std::mem::take(&mut self.unsynced) {
            if let Some(row) = self.journal.remove(&position) {
                row.entry.source.map(|source| self.sources.remove(&source));
            }
        }
    }

    /// Damages the newest snapshot: its end is missing, or a bit of it is another.
    pub(super) fn tear_snapshot(&mut self, dice: &mut Dice) {
        let Some(mut newest) = self.snapshots.last_entry() else {
            return;
        };
        let state = &mut newest.get_mut().state;
        let at = dice.index(state.len().max(1));
        if dice.chance(500) {
            state.truncate(at);
        } else if let Some(byte) = state.get_mut(at) {
            *byte ^= 1 << dice.below(8);
        }
    }

    /// Damages an entry; tells which.
    pub(super) fn damage_entry(&mut self, dice: &mut Dice) -> Option<u64> {
        let at = dice.index(self.journal.len().max(1));
        let (position, row) = self.journal.iter_mut().nth(at)?;
        row.is_damaged = true;
        Some(*position)
    }

    /// The operator brings back what was damaged.
    pub(super) fn repair(&mut self) {
        for row in self.journal.values_mut() {
            row.is_damaged = false;
        }
    }
}
