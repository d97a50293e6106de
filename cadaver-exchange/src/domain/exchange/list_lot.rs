//! A cadaver comes in: it gets its owner and its grade, and the house offers it.

use super::{Event, Exchange, Outcome, Output, advance_time::next_fall};
use crate::domain::{
    CatIx, Grade, Kibbles, LotIx, Market, Moment, NewLot, OrderNumber, Side,
    event::{Listing, Withdrawal},
    ledger::{Account, ChangeReason, House},
    listing_policy::Surroundings,
    lots::{Lot, LotState},
    order::{Asked, Order, OrderState, Origin},
    terms::Terms,
};

impl Exchange {
    pub(super) fn list_lot(&mut self, new: &NewLot, out: &mut Output) -> Outcome {
        if self.lots.find(&new.lot).is_some() {
            return Outcome::Unchanged;
        }
        let hunter = self.cat(&new.hunter);
        let arrival = self.rules.freshness.grade(new.caught_at, self.now);
        let voided = self.lots.voided_ahead.remove(&new.lot);
        let withdrawal = match (voided, self.cats.get(hunter).erased) {
            (true, _) => Some(Withdrawal::CaptureVoided),
            (false, true) => Some(Withdrawal::CatErased),
            (false, false) => None,
        };
        let lot = self.record_lot(new, hunter, arrival, withdrawal);
        self.credit_arrival(lot, hunter);
        let listing = self.prepare_listing(lot);
        let told = listing.as_ref().map(|order| Listing {
            order: order.number,
            price: order.price,
        });
        out.events.push(Event::LotListed {
            lot,
            grade: arrival,
            listing: told,
        });
        if let Some(order) = listing {
            self.enter_listing(order, out);
        }
        if let Some(why) = withdrawal {
            out.events.push(Event::LotWithdrawn {
                lot,
                owner: hunter,
                why,
            });
        }
        Outcome::Done
    }

    fn record_lot(
        &mut self,
        new: &NewLot,
        hunter: CatIx,
        arrival: Grade,
        withdrawal: Option<Withdrawal>,
    ) -> LotIx {
        let (state, grade) = match (withdrawal, arrival) {
            (Some(_), Grade::Spoiled) => (LotState::Withdrawn, Grade::Salvage),
            (Some(_), grade) => (LotState::Withdrawn, grade),
            (None, Grade::Spoiled) => (LotState::Spoiled, Grade::Salvage),
            (None, grade) => (LotState::Stocked, grade),
        };
        let species = new
            .species
            .as_deref()
            .map(|name| self.lots.number_of_species(name));
        let jurisdiction = self.lots.number_of_jurisdiction(&new.jurisdiction);
        let lot = Lot {
            state,
            kind: new.kind,
            grade,
            hunter,
            owner: hunter,
            species,
            jurisdiction,
            mass_mg: new.mass_mg,
            // What claims to be caught in the future is as fresh as can be, and ages from now on.
            caught_at: new.caught_at.min(self.now),
            listed_at: self.now,
            paid: None,
            paid_fee: Kibbles(0),
        };
        self.lots.add(new.lot.clone(), lot)
    }

    fn credit_arrival(&mut self, lot: LotIx, hunter: CatIx) {
        let record = self.lots.get(lot);
        let (asset, market, caught_at) = (record.asset(), record.market(), record.caught_at);
        let to = match record.state {
            LotState::Stocked => Account::Available(hunter),
            LotState::Spoiled => Account::House(House::Compost),
            LotState::Withdrawn => Account::House(House::Withdrawn),
        };
        self.move_lots(
            asset,
            Account::House(House::Wild),
            to,
            1,
            ChangeReason::Arrival,
        );
        if let Some(market) = market {
            self.cats.get_mut(hunter).stock[market.index()].add(caught_at, lot);
            self.lots.schedule(lot, &self.rules.freshness);
        }
    }

    /// The ask that the owner's policy makes for a lot in its stock; its lot is held already.
    pub(super) fn prepare_listing(&mut self, lot: LotIx) -> Option<Order> {
        let record = self.lots.get(lot);
        let (market, owner, caught_at): (Market, CatIx, _) =
            (record.market()?, record.owner, record.caught_at);
        if !self.may_trade(owner) {
            return None;
        }
        let price = self.policy_price(owner, market, caught_at)?;
        self.move_lots(
            record.asset(),
            Account::Available(owner),
            Account::Held(owner),
            1,
            ChangeReason::Hold,
        );
        self.last_order += 1;
        let decays = self.cats.get(owner).policy(market).decays();
        Some(Order {
            number: OrderNumber(self.last_order),
            id: None,
            cat: owner,
            market,
            side: Side::Sell,
            origin: Origin::Listing,
            price,
            terms: Terms::default(),
            fees: self.rules.fees,
            asked: Asked { quantity: 1, price },
            quantity: 1,
            remaining: 1,
            shown: 0,
            level: 0,
            is_named: false,
            rank: 0,
            state: OrderState::Open,
            placed_at: self.now,
            closed_at: None,
            due_at: decays.then(|| next_fall(caught_at, self.now)),
            client_order_id: None,
            caught_at: decays.then_some(caught_at),
        })
    }

    /// Offers a lot as prepared.
    pub(super) fn enter_listing(&mut self, order: Order, out: &mut Output) {
        let slot = self.enlist(order);
        self.meet(slot, out);
    }

    /// The price at which the owner's policy offers a lot now.
    pub(super) fn policy_price(
        &self,
        cat: CatIx,
        market: Market,
        caught_at: Moment,
    ) -> Option<Kibbles> {
        let surroundings = Surroundings {
            house: self.rules.listing_price(market),
            last: self.floor(market).last_price,
            caught_at,
            now: self.now,
        };
        self.cats.get(cat).policy(market).price(&surroundings)
    }
}
