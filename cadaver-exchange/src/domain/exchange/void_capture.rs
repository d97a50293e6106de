//! A capture never was one: its lot is withdrawn. Whoever bought it is paid back by new entries; old ones are never edited.

use super::{Event, Exchange, Outcome, Output};
use crate::domain::{
    CatIx, Kibbles, LotIx,
    event::{CancelReason, Withdrawal},
    ledger::{Account, Asset, ChangeReason, House},
    lots::LotState,
};
use shared_events::id::LotId;

impl Exchange {
    pub(super) fn void_capture(&mut self, id: &LotId, out: &mut Output) -> Outcome {
        let Some(lot) = self.lots.find(id) else {
            let new = self.lots.voided_ahead.insert(id.clone());
            return if new {
                Outcome::Done
            } else {
                Outcome::Unchanged
            };
        };
        let record = self.lots.get(lot);
        let (owner, hunter, asset) = (record.owner, record.hunter, record.asset());
        let (paid, fee) = (record.paid, record.paid_fee);
        let from = match record.state {
            LotState::Withdrawn => return Outcome::Unchanged,
            LotState::Spoiled => Account::House(House::Compost),
            LotState::Stocked => self.out_of_stock(lot, owner, out),
        };
        let withdrawn = Account::House(House::Withdrawn);
        self.move_lots(asset, from, withdrawn, 1, ChangeReason::Void);
        self.lots.get_mut(lot).state = LotState::Withdrawn;
        out.events.push(Event::LotWithdrawn {
            lot,
            owner,
            why: Withdrawal::CaptureVoided,
        });
        if let Some(price) = paid {
            self.refund(owner, hunter, price, fee);
        }
        Outcome::Done
    }

    fn out_of_stock(&mut self, lot: LotIx, owner: CatIx, out: &mut Output) -> Account {
        if let Some(market) = self.lots.get(lot).market() {
            self.free_one_lot(owner, market, CancelReason::Voided, out);
        }
        self.take_from_stock(lot);
        Account::Available(owner)
    }

    /// The owner gets back what it paid: the price from the hunter as far as its purse goes and the rest from the house,
    /// the fee from where it went.
    fn refund(&mut self, owner: CatIx, hunter: CatIx, price: Kibbles, fee: Kibbles) {
        if self.cats.get(owner).erased {
            return;
        }
        let purse = self.ledger.available(hunter, Asset::Kibbles);
        let from_hunter = Kibbles(price.0.min(purse));
        let from_house = Kibbles(price.0 - from_hunter.0);
        let to = Account::Available(owner);
        for (from, amount) in [
            (Account::Available(hunter), from_hunter),
            (Account::House(House::Suspense), from_house),
            (Account::House(House::Fees), fee),
        ] {
            // Only a purse that holds all that 64 bits can count cannot take its money back.
            let _ = self.ledger.pay(from, to, amount, ChangeReason::Refund);
        }
    }
}
