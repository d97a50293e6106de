//! What the simulation knows for sure, and what must follow from it: a second state, replayed from the journal's first entry on, and
//! what clients were told.

use super::{
    disk::{Disk, Row},
    rules,
};
use cadaver_exchange::{
    domain::{
        Command, Exchange, Market, OrderNumber, canonical::StateHash, event::Output,
        order::OrderState,
    },
    storage::{Epoch, TradeRecord},
};
use shared_events::{
    OutgoingEvent,
    id::{CatId, LotId},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::AddAssign,
};

/// How many entries may pass between two audits of all accounts.
const AUDIT_EVERY: u64 = 8;

#[derive(Debug, Default)]
pub(super) struct Record {
    mirror: Exchange,
    position: u64,
    epoch: Epoch,
    out: Output,
    /// Orders that were taken, by their cats' names for them.
    placed: BTreeMap<(CatId, String), OrderNumber>,
    sources: BTreeSet<String>,
    /// Captures that were announced.
    pub(super) announced: BTreeSet<LotId>,
    /// What clients were told.
    told: Vec<Told>,
    pub(super) statistics: Statistics,
}

/// How much happened, so that nobody believes in a simulation that does nothing.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Statistics {
    pub(super) entries: u64,
    pub(super) trades: u64,
    pub(super) lives: u64,
    pub(super) crashes: u64,
    pub(super) fenced: u64,
    pub(super) outages: u64,
    pub(super) from_snapshot: u64,
    pub(super) damaged: u64,
    pub(super) answers: u64,
    pub(super) looks: u64,
    pub(super) proven: u64,
    pub(super) republished: u64,
}

impl AddAssign for Statistics {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.trades += other.trades;
        self.lives += other.lives;
        self.crashes += other.crashes;
        self.fenced += other.fenced;
        self.outages += other.outages;
        self.from_snapshot += other.from_snapshot;
        self.damaged += other.damaged;
        self.answers += other.answers;
        self.looks += other.looks;
        self.proven += other.proven;
        self.republished += other.republished;
    }
}

/// What a client was told, which must be so for ever.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Placed {
        cat: CatId,
        name: String,
        number: OrderNumber,
    },
    Cancelled(OrderNumber),
    Carried(String),
}

impl Record {
    /// How far somebody has seen the journal.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// Replays what the journal holds up to `through`.
    pub(super) fn catch_up(&mut self, disk: &Disk, through: u64) -> Result<(), String> {
        if disk.last() < self.position {
            return Err(format!("entry {} was seen, and is gone", self.position));
        }
        let new = disk.journal.range(self.position + 1..);
        for (position, row) in new.take_while(|(position, _)| **position <= through) {
            if *position != self.position + 1 {
                return Err(format!("entry {} is missing", self.position + 1));
            }
            self.replay(row)
                .map_err(|wrong| format!("entry {position}, {:?}: {wrong}", row.entry.command))?;
        }
        Ok(())
    }

    fn replay(&mut self, row: &Row) -> Result<(), String> {
        let entry = &row.entry;
        self.check_epoch(row)?;
        if let Some(source) = &entry.source
            && !self.sources.insert(source.clone())
        {
            return Err(format!("{source} is carried out twice"));
        }
        let before = rules::Before::of(&self.mirror);
        let outcome = self.mirror.execute(entry.at, &entry.command, &mut self.out);
        self.position = entry.position;
        if !outcome.belongs_in_journal() {
            return Err(format!("it is journaled, but does nothing: {outcome:?}"));
        }
        if self.mirror.last_event() != entry.events_through() {
            return Err(format!(
                "it tells {} events, the journal {}",
                self.mirror.last_event(),
                entry.events_through()
            ));
        }
        let trades: Vec<_> = TradeRecord::of(&self.out, entry.at).collect();
        if trades != entry.trades {
            return Err(format!(
                "it trades {trades:?}, the journal says {:?}",
                entry.trades
            ));
        }
        rules::no_better_price(&before, &self.mirror, &self.out)?;
        self.note_order(&entry.command)?;
        self.statistics.entries += 1;
        self.statistics.trades += trades.len() as u64;
        if self.position.is_multiple_of(AUDIT_EVERY) {
            self.mirror.audit()?;
        }
        Ok(())
    }

    fn check_epoch(&mut self, row: &Row) -> Result<(), String> {
        if let Command::BeginEpoch { epoch } = row.entry.command {
            if epoch <= self.epoch.0 {
                return Err(format!("epoch {epoch} begins after epoch {}", self.epoch));
            }
            self.epoch = Epoch(epoch);
        }
        if row.epoch != self.epoch {
            return Err(format!(
                "a writer of epoch {} writes in epoch {}",
                row.epoch, self.epoch
            ));
        }
        Ok(())
    }

    fn note_order(&mut self, command: &Command) -> Result<(), String> {
        let Command::PlaceOrder(order) = command else {
            return Ok(());
        };
        let (Some(name), Some(number)) = (&order.client_order_id, rules::accepted(&self.out))
        else {
            return Ok(());
        };
        match self
            .placed
            .insert((order.cat.clone(), name.clone()), number)
        {
            Some(first) => Err(format!(
                "{name} is placed twice, as {first} and as {number}"
            )),
            None => Ok(()),
        }
    }

    /// A state that somebody has must be the one that the journal gives at that position.
    pub(super) fn compare(
        &mut self,
        disk: &Disk,
        position: u64,
        hash: StateHash,
    ) -> Result<(), String> {
        self.statistics.looks += 1;
        let expected = if position < self.position {
            replayed(disk, position).state_hash()
        } else {
            self.catch_up(disk, position)?;
            self.mirror.state_hash()
        };
        if disk.last() < position {
            return Err(format!(
                "a state at {position} is shown, the journal ends at {}",
                disk.last()
            ));
        }
        if expected != hash {
            return Err(format!(
                "the state at {position} is not the one that the journal gives"
            ));
        }
        Ok(())
    }

    /// A client is told something: it must be in the journal by now.
    pub(super) fn tell(&mut self, disk: &Disk, told: Told) -> Result<(), String> {
        self.catch_up(disk, u64::MAX)?;
        self.statistics.answers += 1;
        self.check_told(&told)?;
        self.told.push(told);
        Ok(())
    }

    fn check_told(&self, told: &Told) -> Result<(), String> {
        match told {
            Told::Placed { cat, name, number } => {
                let kept = self.placed.get(&(cat.clone(), name.clone()));
                (kept == Some(number)).then_some(()).ok_or_else(|| {
                    format!(
                        "{cat} was told that {name} is order {number}, the journal says {kept:?}"
                    )
                })
            }
            Told::Cancelled(number) => {
                let order = self.mirror.order(*number);
                let is_open = order.is_some_and(|order| order.state == OrderState::Open);
                (!is_open)
                    .then_some(())
                    .ok_or_else(|| format!("order {number} was cancelled, and is open"))
            }
            Told::Carried(source) => self
                .sources
                .contains(source)
                .then_some(())
                .ok_or_else(|| format!("{source} was answered, and is not in the journal")),
        }
    }

    /// What must hold when everything has come to rest.
    pub(super) fn check_rest(
        &mut self,
        disk: &Disk,
        published: &[OutgoingEvent],
    ) -> Result<(), String> {
        self.catch_up(disk, u64::MAX)?;
        self.mirror.audit()?;
        self.told
            .iter()
            .try_for_each(|told| self.check_told(told))?;
        for lot in &self.announced {
            if self.mirror.lot(lot).is_none() {
                return Err(format!("{lot} was announced, and is no lot"));
            }
        }
        if self.mirror.lot_count() != self.announced.len() {
            return Err(format!(
                "{} captures made {} lots",
                self.announced.len(),
                self.mirror.lot_count()
            ));
        }
        self.statistics.republished += check_published(disk, published)?;
        Ok(())
    }

    /// The best levels of a market's book.
    pub(super) fn levels(&self, market: Market, limit: usize) -> rules::Levels {
        rules::levels(&self.mirror, market, limit)
    }
}

/// The state after the entry at `position`, from nothing.
fn replayed(disk: &Disk, position: u64) -> Exchange {
    let (mut exchange, mut out) = (Exchange::default(), Output::default());
    for (_, row) in disk.journal.range(..=position) {
        exchange.execute(row.entry.at, &row.entry.command, &mut out);
    }
    exchange
}

/// Every event of the journal was published, as it stands there, and first in order for its key; tells how many were repeats.
fn check_published(disk: &Disk, published: &[OutgoingEvent]) -> Result<u64, String> {
    let mut journaled = HashMap::new();
    for row in disk.journal.values() {
        for (event, number) in row.entry.events.iter().zip(row.entry.events_before + 1..) {
            journaled.insert(number, event);
        }
    }
    let (mut newest, mut seen, mut repeats) = (HashMap::new(), BTreeMap::new(), 0);
    for event in published {
        let number = event.sequence.unwrap_or_default();
        let Some(stored) = journaled.get(&number) else {
            return Err(format!(
                "event {number} was published, and is not in the journal"
            ));
        };
        if stored.data.get() != event.data || stored.key != event.ordering_key {
            return Err(format!(
                "event {number} was published otherwise than it is in the journal"
            ));
        }
        if let Some(id) = seen.insert(number, &event.id) {
            repeats += 1;
            if id != &event.id {
                return Err(format!(
                    "event {number} was published as {id} and as {}",
                    event.id
                ));
            }
            continue;
        }
        let last = newest
            .insert(&event.ordering_key, number)
            .unwrap_or_default();
        if last > number {
            return Err(format!(
                "event {number} of {} was published after {last}",
                event.ordering_key
            ));
        }
    }
    match journaled.keys().find(|number| !seen.contains_key(number)) {
        Some(number) => Err(format!("event {number} was never published")),
        None => Ok(repeats),
    }
}
