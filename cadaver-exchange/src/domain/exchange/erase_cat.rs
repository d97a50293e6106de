//! A cat leaves: its orders are taken back, its kibbles return to the treasury, its lots leave with the next `AdvanceTime`s.

use super::{Exchange, Market, Outcome, Output};
use crate::domain::{
    Kibbles,
    cats::Sort,
    event::CancelReason,
    ledger::{Account, Asset, ChangeReason, House},
};
use shared_events::id::CatId;

impl Exchange {
    pub(super) fn erase_cat(&mut self, id: &CatId, out: &mut Output) -> Outcome {
        let cat = self.cat(id);
        if self.cats.get(cat).erased {
            return Outcome::Unchanged;
        }
        for market in Market::ALL {
            for sort in Sort::ALL {
                while let Some(slot) = self.cats.get(cat).open[market.index()][sort as usize].head()
                {
                    self.cancel(slot, CancelReason::CatErased, out);
                }
            }
        }
        let purse = Kibbles(self.ledger.available(cat, Asset::Kibbles));
        let (from, treasury) = (Account::Available(cat), Account::House(House::Treasury));
        let paid = self
            .ledger
            .pay(from, treasury, purse, ChangeReason::Erasure);
        paid.expect("the treasury issued what it gets back, and a purse gives what it has");
        self.cats.get_mut(cat).erased = true;
        if self.cats.get(cat).stock.iter().any(|stock| stock.len() > 0) {
            self.leaving.insert(cat);
        }
        Outcome::Done
    }
}
