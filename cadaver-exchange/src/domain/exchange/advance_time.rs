//! Time passes: sessions begin and end, orders expire, prices fall, lots leave their grade, and what belongs to cats that
//! left or were stopped leaves too; a bounded number of steps per command.

use super::{Event, Exchange, Outcome, Output, resting::amended};
use crate::domain::{
    CatIx, LotIx, Market, Moment, OrderNumber,
    event::{CancelReason, Listing, Withdrawal},
    ledger::{Account, Asset, ChangeReason, House},
    listing_policy::DECAY_STEP_MS,
    lots::LotState,
    order::Origin,
    orders::Slot,
    rules::MAX_STEPS_PER_ADVANCE,
    stock::Stock,
};

impl Exchange {
    /// Whether `AdvanceTime` at `now` would find something to do.
    #[must_use]
    pub fn is_due(&self, now: Moment) -> bool {
        !self.leaving.is_empty()
            || !self.stopping.is_empty()
            || self.stops_are_due()
            || self.phases_are_due(now)
            || self.expiries.next_due().is_some_and(|due| due <= now)
            || self.lots.next_due().is_some_and(|due| due <= now)
    }

    pub(super) fn advance_time(&mut self, out: &mut Output) -> Outcome {
        let mut steps = self.advance_phases(MAX_STEPS_PER_ADVANCE, out);
        self.trigger_stops(out);
        steps += self.go_on_stopping(MAX_STEPS_PER_ADVANCE.saturating_sub(steps), out);
        while steps < MAX_STEPS_PER_ADVANCE {
            let progressed = if let Some((moment, order)) = self.expiries.pop_due(self.now) {
                self.look_at_order(moment, order, out)
            } else if let Some(cat) = self.leaving.first() {
                self.let_one_lot_leave(*cat, out)
            } else if let Some(lot) = self.lots.pop_due(self.now) {
                self.age(lot, out)
            } else {
                break;
            };
            steps += usize::from(progressed);
        }
        if steps == 0 && out.events.is_empty() {
            Outcome::Unchanged
        } else {
            Outcome::Done
        }
    }

    /// An order whose moment has come expires, or, if it is a listing, its price falls.
    fn look_at_order(&mut self, moment: Moment, number: OrderNumber, out: &mut Output) -> bool {
        let Some(slot) = self.orders.find(number) else {
            return false;
        };
        let order = self.orders.get(slot);
        if !order.state.is_live() || order.due_at != Some(moment) {
            return false;
        }
        match order.origin {
            Origin::Cat => self.cancel(slot, CancelReason::Expired, out),
            Origin::Listing => self.let_price_fall(slot, out),
        }
        true
    }

    fn let_price_fall(&mut self, slot: Slot, out: &mut Output) {
        let order = self.orders.get(slot);
        let (number, cat, market, before) = (order.number, order.cat, order.market, order.price);
        let Some(caught_at) = order.caught_at else {
            return;
        };
        let next = next_fall(caught_at, self.now);
        self.orders.get_mut(slot).due_at = Some(next);
        self.look_again(next, number);
        if !self.cats.get(cat).policy(market).decays() {
            return;
        }
        let price = self.policy_price(cat, market, caught_at);
        if let Some(price) = price.filter(|price| *price < before) {
            self.leave(slot);
            self.orders.get_mut(slot).price = price;
            out.events.push(amended(self.orders.get(slot)));
            self.meet(slot, out);
        }
    }

    fn let_one_lot_leave(&mut self, cat: CatIx, out: &mut Output) -> bool {
        let oldest = self.cats.get(cat).stock.iter().find_map(Stock::oldest);
        let Some(lot) = oldest else {
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
            ChangeReason::Erasure,
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
        const WHY: ChangeReason = ChangeReason::Regrading;
        let was_listed = self.free_one_lot(owner, from, CancelReason::Regraded, out);
        let (free, passage) = (Account::Available(owner), Account::House(House::Regrading));
        self.take_from_stock(lot);
        self.move_lots(Asset::Lots(from), free, passage, 1, WHY);
        self.move_lots(Asset::Lots(to), passage, free, 1, WHY);
        self.lots.get_mut(lot).grade = to.grade();
        let caught_at = self.lots.get(lot).caught_at;
        self.cats.get_mut(owner).stock[to.index()].add(caught_at, lot);
        self.lots.schedule(lot, &self.rules.freshness);

        let relists = was_listed && self.cats.get(owner).policy(to).relists();
        let listing = if relists {
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
            self.enter_listing(order, out);
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
            ChangeReason::Spoiling,
        );
        self.lots.get_mut(lot).state = LotState::Spoiled;
        out.events.push(Event::LotSpoiled { lot, owner });
    }

    /// Takes a lot out of its owner's stock, while it still is in the market that it leaves.
    pub(super) fn take_from_stock(&mut self, lot: LotIx) {
        let record = self.lots.get(lot);
        if let Some(market) = record.market() {
            self.cats.get_mut(record.owner).stock[market.index()].take(record.caught_at, lot);
        }
    }
}

/// When the price of a listing, whose lot was caught at `caught_at`, falls next.
pub(super) fn next_fall(caught_at: Moment, now: Moment) -> Moment {
    let steps = now.millis_since(caught_at) / DECAY_STEP_MS + 1;
    caught_at.plus_millis(steps.saturating_mul(DECAY_STEP_MS))
}
