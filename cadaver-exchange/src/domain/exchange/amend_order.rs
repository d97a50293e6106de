//! A cat changes one of its open orders. Fewer lots at the same price keep its place; anything else goes to the end of the
//! queue and may trade at once. What would be refused leaves the order as it was.

use super::{
    AmendRefusal, Exchange, Outcome, Output, RejectReason, admit::checked_quantity,
    resting::amended,
};
use crate::domain::{
    Kibbles, Side,
    command::Amendment,
    ledger::{Account, Asset, ChangeReason},
    order::{Order, OrderState, Origin, cover},
    orders::Slot,
    rules::MAX_PRICE,
    session::Phase,
};

/// What the order is to be.
struct Target {
    quantity: u32,
    remaining: u32,
    price: Kibbles,
}

impl Exchange {
    pub(super) fn amend_order(&mut self, amendment: &Amendment, out: &mut Output) -> Outcome {
        let slot = match self.amendable(amendment) {
            Ok(slot) => slot,
            Err(refusal) => return Outcome::AmendRefused(refusal),
        };
        let order = self.orders.get(slot);
        let number = order.number;
        let target = match target(order, amendment) {
            Ok(Some(target)) => target,
            Ok(None) => return Outcome::Unchanged,
            Err(reason) => return refused(reason),
        };
        let keeps_place = target.price == order.price && target.remaining < order.remaining;
        let done = if keeps_place {
            self.make_smaller(slot, &target);
            Ok(())
        } else {
            self.replace(slot, &target)
        };
        if let Err(reason) = done {
            return refused(reason);
        }
        let order = self.orders.get(slot);
        out.events.push(amended(order));
        if !keeps_place && order.state == OrderState::Open {
            self.meet(slot, out);
        }
        Outcome::OrderAmended(number)
    }

    fn amendable(&self, amendment: &Amendment) -> Result<Slot, AmendRefusal> {
        let cat = self.cats.find(&amendment.cat);
        let named = cat.zip(self.orders.number_of(&amendment.order));
        let (cat, number) = named.ok_or(AmendRefusal::NotFound)?;
        match self.open_order_of(cat, number) {
            Some(slot) if self.orders.get(slot).origin == Origin::Listing => {
                Err(AmendRefusal::Listing)
            }
            Some(slot) => Ok(slot),
            None if self.orders.closed_by(number) == Some(cat) => Err(AmendRefusal::Closed),
            None => Err(AmendRefusal::NotFound),
        }
    }

    fn make_smaller(&mut self, slot: Slot, target: &Target) {
        let by = self.orders.get(slot).remaining - target.remaining;
        self.release(slot, by);
        self.withdraw_lots(slot, by);
        self.orders.get_mut(slot).quantity = target.quantity;
    }

    /// Lets an order ask for fewer lots, the hidden ones first.
    fn withdraw_lots(&mut self, slot: Slot, by: u32) {
        let order = self.orders.get_mut(slot);
        let hidden = order.remaining - order.shown;
        if order.state == OrderState::Waiting || hidden >= by {
            order.remaining -= by;
            return;
        }
        order.remaining -= hidden;
        let market = order.market.index();
        let (book, changes) = (&mut self.floors[market].book, &mut self.book_changes);
        book.reduce(&mut self.orders, slot, by - hidden, changes);
    }

    /// Checks the order as it would be, covers it, and takes it out of its queue.
    fn replace(&mut self, slot: Slot, target: &Target) -> Result<(), RejectReason> {
        let order = self.orders.get(slot);
        let (cat, market, side) = (order.cat, order.market, order.side);
        self.check_phase(market)?;
        if !self.may_trade(cat) {
            return Err(RejectReason::TradingStopped);
        }
        let price = [target.price, order.terms.stop_price.unwrap_or_default()]
            .into_iter()
            .find(|price| price.0 > 0);
        self.check_order(cat, market, target.price, price, target.quantity)?;
        let takes = self.floor(market).phase == Phase::Continuous
            && order.state == OrderState::Open
            && self.would_take(market, side, target.price);
        if order.terms.post_only && takes {
            return Err(RejectReason::WouldTake);
        }
        self.cover_anew(slot, target)?;
        let waits = self.orders.get(slot).state == OrderState::Waiting;
        if !waits {
            self.leave(slot);
        }
        let order = self.orders.get_mut(slot);
        order.price = target.price;
        order.quantity = target.quantity;
        order.remaining = target.remaining;
        Ok(())
    }

    fn cover_anew(&mut self, slot: Slot, target: &Target) -> Result<(), RejectReason> {
        let order = self.orders.get(slot);
        let (cat, market) = (order.cat, order.market);
        let (free, held) = (Account::Available(cat), Account::Held(cat));
        if order.side == Side::Sell {
            let asset = Asset::Lots(market);
            let (before, after) = (i64::from(order.remaining), i64::from(target.remaining));
            let posted = if after > before {
                self.ledger
                    .post(asset, free, held, after - before, ChangeReason::Hold)
            } else {
                self.ledger
                    .post(asset, held, free, before - after, ChangeReason::Release)
            };
            return posted.map_err(|_| RejectReason::InsufficientLots);
        }
        let before = order.kibbles_behind(order.remaining).0;
        let after = behind(order, target).ok_or(RejectReason::InvalidPrice)?.0;
        if after > before {
            let more = Kibbles(after - before);
            self.check_exposure(cat, self.ledger.held(cat, Asset::Kibbles), more)?;
            let paid = self.ledger.pay(free, held, more, ChangeReason::Hold);
            return paid.map_err(|_| RejectReason::InsufficientKibbles);
        }
        let paid = self
            .ledger
            .pay(held, free, Kibbles(before - after), ChangeReason::Release);
        paid.map_err(|_| RejectReason::InsufficientKibbles)
    }
}

fn behind(order: &Order, target: &Target) -> Option<Kibbles> {
    let price = if order.is_unprotected() {
        order.terms.stop_price.unwrap_or_default()
    } else {
        target.price
    };
    cover(price, target.remaining, order.fees.highest())
}

/// What the order is to be; nothing if it is so already.
fn target(order: &Order, amendment: &Amendment) -> Result<Option<Target>, RejectReason> {
    let quantity = amendment
        .quantity
        .map_or(Ok(order.quantity), checked_quantity)?;
    let price = amendment.price.unwrap_or(order.price);
    if price != order.price
        && (order.is_unprotected() || !(Kibbles(1)..=MAX_PRICE).contains(&price))
    {
        return Err(RejectReason::InvalidPrice);
    }
    let traded = order.quantity - order.remaining;
    let remaining = quantity
        .checked_sub(traded)
        .filter(|remaining| *remaining > 0)
        .ok_or(RejectReason::InvalidQuantity)?;
    let target = Target {
        quantity,
        remaining,
        price,
    };
    let same = price == order.price && quantity == order.quantity;
    Ok((!same).then_some(target))
}

const fn refused(reason: RejectReason) -> Outcome {
    Outcome::AmendRefused(AmendRefusal::Rejected(reason))
}
