//! Time passes: lots leave their grade, and the lots of cats that left leave too; a bounded number per command.

use super::{Event, Exchange, Outcome, Output};
use crate::domain::{
    CatIx, LotIx, Market, Moment,
    event::{CancelReason, Listing, Withdrawal},
    ledger::{Account, Asset, House},
    lots::LotState,
    rules::MAX_LOTS_PER_ADVANCE,
};

impl Exchange {
    /// Whether `AdvanceTime` at `now` would find something to do.
    #[must_use]
    pub fn is_due(&self, now: Moment) -> bool {
        !self.leaving.is_empty() || self.lots.next_due().is_some_and(|due| due <= now)
    }

    pub(super) fn advance_time(&mut self, out: &mut Output) -> Outcome {
        let mut moved = 0;
        while moved < MAX_LOTS_PER_ADVANCE {
            let progressed = match self.leaving.first() {
                Some(cat) => self.let_one_lot_leave(*cat, out),
                None => match self.lots.pop_due(self.now) {
                    Some(lot) => self.age(lot, out),
                    None => break,
                },
            };
            moved += usize::from(progressed);
        }
        if out.events.is_empty() {
            Outcome::Unchanged
        } else {
            Outcome::Done
        }
    }

    fn let_one_lot_leave(&mut self, cat: CatIx, out: &mut Output) -> bool {
        let oldest = self
            .cats
            .get(cat)
            .stock
            .iter()
            .find_map(|stock| stock.first().copied());
        let Some((_, lot)) = oldest else {
            self.leaving.remove(&cat);
            return false;
        };
        let asset = self.lots.get(lot).asset();
        self.take_from_stock(lot);
        self.lots.get_mut(lot).state = LotState::Withdrawn;
        self.move_lots(
            asset,
            Account::Available(cat),
            Account::House(House::Withdrawn),
            1,
        );
        out.events.push(Event::LotWithdrawn {
            lot,
            owner: cat,
            why: Withdrawal::CatErased,
        });
        true
    }

    fn age(&mut self, lot: LotIx, out: &mut Output) -> bool {
        let record = self.lots.get(lot);
        let grade = self.rules.freshness.grade(record.caught_at, self.now);
        let Some(from) = record.market().filter(|market| market.grade() < grade) else {
            return false;
        };
        let owner = record.owner;
        match Market::of(record.kind, grade) {
            Some(to) => self.regrade(lot, owner, from, to, out),
            None => self.spoil(lot, owner, from, out),
        }
        true
    }

    fn regrade(&mut self, lot: LotIx, owner: CatIx, from: Market, to: Market, out: &mut Output) {
        let was_listed = self.free_one_lot(owner, from, CancelReason::Regraded, out);
        let (free, passage) = (Account::Available(owner), Account::House(House::Regrading));
        self.take_from_stock(lot);
        self.move_lots(Asset::Lots(from), free, passage, 1);
        self.move_lots(Asset::Lots(to), passage, free, 1);
        self.lots.get_mut(lot).grade = to.grade();
        let caught_at = self.lots.get(lot).caught_at;
        self.cats.get_mut(owner).stock[to.index()].insert((caught_at, lot));
        self.lots.schedule(lot, &self.rules.freshness);

        let listing = if was_listed {
            self.prepare_listing(lot)
        } else {
            None
        };
        let told = listing.as_ref().map(|order| Listing {
            order: order.number,
            price: order.price,
        });
        out.events.push(Event::LotRegraded {
            lot,
            owner,
            from: from.grade(),
            to,
            listing: told,
        });
        if let Some(order) = listing {
            self.enter(order, out);
        }
    }

    fn spoil(&mut self, lot: LotIx, owner: CatIx, from: Market, out: &mut Output) {
        self.free_one_lot(owner, from, CancelReason::Spoiled, out);
        self.take_from_stock(lot);
        self.move_lots(
            Asset::Lots(from),
            Account::Available(owner),
            Account::House(House::Compost),
            1,
        );
        self.lots.get_mut(lot).state = LotState::Spoiled;
        out.events.push(Event::LotSpoiled { lot, owner });
    }

    /// Takes a lot out of its owner's stock, while it still is in the market that it leaves.
    pub(super) fn take_from_stock(&mut self, lot: LotIx) {
        let record = self.lots.get(lot);
        if let Some(market) = record.market() {
            let place = (record.caught_at, lot);
            self.cats.get_mut(record.owner).stock[market.index()].remove(&place);
        }
    }
}
