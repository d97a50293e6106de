//! Every lot that ever was, so that a capture is listed once however often it is announced, and when each is due for regrading.

use super::{
    CatIx, Grade, Kibbles, Market, Moment, RodentKind, freshness::Freshness, ledger::Asset,
};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use shared_events::id::LotId;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

/// A lot, as a small number that never changes its meaning; smaller came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotIx(u32);

impl LotIx {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a lot is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LotState {
    /// In its owner's stock.
    Stocked,
    /// Too old for any market.
    Spoiled,
    /// Its capture was voided, or its cat left.
    Withdrawn,
}

/// One cadaver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Where it is in its life.
    pub state: LotState,
    /// What it was.
    pub kind: RodentKind,
    /// The last grade at which it could be traded.
    pub grade: Grade,
    /// Who caught it.
    pub hunter: CatIx,
    /// Who has it.
    pub owner: CatIx,
    /// Its scientific name, by number.
    pub species: Option<u32>,
    /// Where its data may live, by number.
    pub jurisdiction: u32,
    /// Its mass, when known.
    pub mass_mg: Option<u32>,
    /// When it was caught.
    pub caught_at: Moment,
    /// When it came in.
    pub listed_at: Moment,
    /// What its owner paid for it; nothing if its owner caught it.
    pub paid: Option<Kibbles>,
    /// What of the fee that its owner paid fell on it.
    pub paid_fee: Kibbles,
}

impl Lot {
    /// Where it may be traded.
    #[must_use]
    pub fn market(&self) -> Option<Market> {
        match self.state {
            LotState::Stocked => Market::of(self.kind, self.grade),
            LotState::Spoiled | LotState::Withdrawn => None,
        }
    }

    /// How fresh it is.
    #[must_use]
    pub const fn shown_grade(&self) -> Grade {
        match self.state {
            LotState::Spoiled => Grade::Spoiled,
            LotState::Stocked | LotState::Withdrawn => self.grade,
        }
    }

    /// The asset as which the ledger counts it.
    ///
    /// # Panics
    /// Never: `grade` is one that has a market.
    #[must_use]
    pub fn asset(&self) -> Asset {
        Asset::Lots(
            Market::of(self.kind, self.grade).expect("the grade of a lot is one that was traded"),
        )
    }
}

/// All lots.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lots {
    ids: IndexSet<LotId, FxBuildHasher>,
    lots: Vec<Lot>,
    species: IndexSet<Box<str>>,
    jurisdictions: IndexSet<Box<str>>,
    /// Captures that were voided before they were announced.
    pub(crate) voided_ahead: BTreeSet<LotId>,
    due: BinaryHeap<Reverse<(Moment, LotIx)>>,
}

impl Lots {
    pub(crate) fn find(&self, id: &LotId) -> Option<LotIx> {
        self.ids.get_index_of(id).map(ix)
    }

    pub(crate) fn add(&mut self, id: LotId, lot: Lot) -> LotIx {
        let (index, new) = self.ids.insert_full(id);
        debug_assert!(new, "a lot is added once");
        self.lots.push(lot);
        ix(index)
    }

    pub(crate) fn id(&self, lot: LotIx) -> &LotId {
        self.ids
            .get_index(lot.index())
            .expect("a lot's number is given out with its name")
    }

    pub(crate) fn get(&self, lot: LotIx) -> &Lot {
        &self.lots[lot.index()]
    }

    pub(crate) fn get_mut(&mut self, lot: LotIx) -> &mut Lot {
        &mut self.lots[lot.index()]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&LotId, &Lot)> {
        self.ids.iter().zip(&self.lots)
    }

    pub(crate) fn len(&self) -> usize {
        self.lots.len()
    }

    pub(crate) fn number_of_species(&mut self, name: &str) -> u32 {
        number_of(&mut self.species, name)
    }

    pub(crate) fn number_of_jurisdiction(&mut self, name: &str) -> u32 {
        number_of(&mut self.jurisdictions, name)
    }

    pub(crate) fn species(&self) -> &IndexSet<Box<str>> {
        &self.species
    }

    pub(crate) fn jurisdictions(&self) -> &IndexSet<Box<str>> {
        &self.jurisdictions
    }

    /// Remembers when a lot leaves its grade.
    pub(crate) fn schedule(&mut self, lot: LotIx, freshness: &Freshness) {
        let Lot {
            state,
            grade,
            caught_at,
            ..
        } = *self.get(lot);
        if state == LotState::Stocked
            && let Some(end) = freshness.end_of(grade, caught_at)
        {
            self.due.push(Reverse((end, lot)));
        }
    }

    /// Works out anew when each lot leaves its grade.
    pub(crate) fn reschedule_all(&mut self, freshness: &Freshness) {
        self.due.clear();
        for index in 0..self.lots.len() {
            self.schedule(ix(index), freshness);
        }
    }

    /// When the next lot may be due.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.due.peek().map(|Reverse((moment, _))| *moment)
    }

    /// The next lot that may be due by `now`; one that has left its stock meanwhile shows up all the same.
    pub(crate) fn pop_due(&mut self, now: Moment) -> Option<LotIx> {
        if self.next_due()? > now {
            return None;
        }
        self.due.pop().map(|Reverse((_, lot))| lot)
    }
}

fn number_of(names: &mut IndexSet<Box<str>>, name: &str) -> u32 {
    let index = names
        .get_index_of(name)
        .unwrap_or_else(|| names.insert_full(name.into()).0);
    u32::try_from(index).expect("there are fewer than four billion names")
}

fn ix(index: usize) -> LotIx {
    LotIx(u32::try_from(index).expect("there are fewer than four billion lots"))
}
