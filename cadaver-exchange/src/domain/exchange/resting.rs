//! How an order lives in the books: enlisted with its cat, resting, filled, made smaller, taken back, closed. Every step
//! keeps the holds equal to what is open.

use super::{Event, Exchange, Output};
use crate::domain::{
    CatIx, Market, Moment, OrderNumber,
    cats::Sort,
    event::{Amended, CancelReason},
    ledger::Asset,
    order::{Order, OrderState, Origin},
    orders::{Slot, Thread},
};

impl Exchange {
    /// Takes an order in; it is not in the book yet.
    pub(in crate::domain) fn enlist(&mut self, order: Order) -> Slot {
        let slot = self.orders.insert(order);
        let order = self.orders.get(slot);
        let (market, sort) = (order.market.index(), Sort::of(order));
        let (cat, number, due_at) = (order.cat, order.number, order.due_at);
        let cat = self.cats.get_mut(cat);
        cat.own_open_orders += usize::from(sort != Sort::Listing);
        let list = &mut cat.open[market][sort as usize];
        self.orders.push_back(list, Thread::Owner, slot);
        if let Some(moment) = due_at {
            self.look_again(moment, number);
        }
        slot
    }

    /// Remembers to look at an order at a moment.
    pub(super) fn look_again(&mut self, moment: Moment, number: OrderNumber) {
        let orders = &self.orders;
        self.expiries
            .add(moment, number, orders.len(), |number, moment| {
                orders.find(number).is_some_and(|slot| {
                    let order = orders.get(slot);
                    order.state.is_live() && order.due_at == Some(moment)
                })
            });
    }

    /// Puts an order at the end of the queue of its price.
    pub(super) fn rest(&mut self, slot: Slot) {
        self.last_rank += 1;
        let rank = self.last_rank;
        let order = self.orders.get_mut(slot);
        order.rank = rank;
        order.shown = order.tranche();
        self.rest_as_ranked(slot);
    }

    /// Puts an order at the end of the queue of its price, where its rank says it belongs.
    pub(in crate::domain) fn rest_as_ranked(&mut self, slot: Slot) {
        let market = self.orders.get(slot).market.index();
        let (book, changes) = (&mut self.floors[market].book, &mut self.book_changes);
        book.add(&mut self.orders, slot, changes);
    }

    /// Lets a stop wait for its price.
    pub(super) fn wait(&mut self, slot: Slot) {
        self.last_rank += 1;
        let rank = self.last_rank;
        let order = self.orders.get_mut(slot);
        order.rank = rank;
        let (market, side, stop) = (order.market, order.side, order.terms.stop_price);
        self.wait_as_ranked(slot);
        let floor = self.floor_mut(market);
        if let (Some(last), Some(stop)) = (floor.last_price, stop)
            && super::dealing::crosses(side, last, stop)
        {
            self.stops_reached |= floor.stops.reach(last);
        }
    }

    /// Lets a stop wait at the end of the queue of its price, where its rank says it belongs.
    pub(in crate::domain) fn wait_as_ranked(&mut self, slot: Slot) {
        let market = self.orders.get(slot).market.index();
        self.floors[market].stops.add(&mut self.orders, slot);
    }

    /// Takes an open order out of where it waits or rests.
    pub(super) fn leave(&mut self, slot: Slot) {
        let order = self.orders.get(slot);
        let (market, waits) = (order.market.index(), order.state == OrderState::Waiting);
        let floor = &mut self.floors[market];
        if waits {
            floor.stops.take(&mut self.orders, slot);
        } else {
            floor
                .book
                .take(&mut self.orders, slot, &mut self.book_changes);
        }
    }

    /// Counts `lots` of an order as traded, in the book too if it rests there.
    pub(super) fn fill(&mut self, slot: Slot, lots: u32) {
        let order = self.orders.get(slot);
        if order.shown > 0 {
            let market = order.market.index();
            let (book, changes) = (&mut self.floors[market].book, &mut self.book_changes);
            book.reduce(&mut self.orders, slot, lots, changes);
        } else {
            self.orders.get_mut(slot).remaining -= lots;
        }
    }

    /// After a resting order was filled in part or in whole: it closes, or shows its next tranche at the end of the queue.
    pub(super) fn served(&mut self, slot: Slot) {
        let order = self.orders.get(slot);
        if order.remaining == 0 {
            self.leave(slot);
            self.close(slot, OrderState::Filled);
        } else if order.shown == 0 {
            self.leave(slot);
            self.rest(slot);
        }
    }

    /// Makes an order ask for `lots` less, without a trade; some are left.
    pub(super) fn shrink(&mut self, slot: Slot, lots: u32, out: &mut Output) {
        self.release(slot, lots);
        self.fill(slot, lots);
        let order = self.orders.get_mut(slot);
        order.quantity -= lots;
        out.events.push(amended(self.orders.get(slot)));
    }

    /// Takes an open order out of the book and back.
    pub(super) fn cancel(&mut self, slot: Slot, why: CancelReason, out: &mut Output) {
        self.leave(slot);
        self.take_back(slot, why, out);
    }

    /// Gives back what an order that does not rest still holds, and closes it.
    pub(super) fn take_back(&mut self, slot: Slot, why: CancelReason, out: &mut Output) {
        let order = self.orders.get(slot);
        let remaining = order.remaining;
        if order.origin == Origin::Cat || !why.is_told_with_the_lot() {
            out.events.push(Event::OrderCancelled {
                order: order.number,
                cat: order.cat,
                market: order.market,
                remaining,
                why,
            });
        }
        self.release(slot, remaining);
        self.close(slot, OrderState::Cancelled);
    }

    /// An order with a name can be looked up for a while after it closed; others (listings, tickets) are forgotten.
    pub(super) fn close(&mut self, slot: Slot, state: OrderState) {
        let order = self.orders.get(slot);
        let (market, sort) = (order.market.index(), Sort::of(order));
        let (ix, is_named) = (order.cat, order.is_named);
        let cat = self.cats.get_mut(ix);
        cat.own_open_orders -= usize::from(sort != Sort::Listing);
        let list = &mut cat.open[market][sort as usize];
        self.orders.unlink(list, Thread::Owner, slot);
        if !is_named {
            self.orders.discard(slot);
            return;
        }
        let mut order = self.orders.remove(slot);
        order.state = state;
        order.closed_at = Some(self.now);
        let (orders, names) = (&mut self.orders, &mut cat.client_order_ids);
        cat.closed.push(order, |oldest| {
            orders.forget(oldest);
            if let Some(client_order_id) = &oldest.client_order_id {
                names.remove(client_order_id);
            }
        });
    }

    /// Frees one lot of a cat in a market that is about to leave it: one that is not offered, or else an ask gives way,
    /// the house's oldest listing first, then the cat's youngest ask. Tells whether it was a listing.
    pub(super) fn free_one_lot(
        &mut self,
        cat: CatIx,
        market: Market,
        why: CancelReason,
        out: &mut Output,
    ) -> bool {
        if self.ledger.available(cat, Asset::Lots(market)) > 0 {
            return false;
        }
        let open = &self.cats.get(cat).open[market.index()];
        let listing = open[Sort::Listing as usize].head();
        let gives_way = listing.or(open[Sort::Ask as usize].tail());
        let slot = gives_way.expect("lots that are not available are held by asks");
        self.cancel(slot, why, out);
        listing.is_some()
    }
}

/// What is told of an order that has become another.
pub(super) fn amended(order: &Order) -> Event {
    Event::OrderAmended(Amended {
        order: order.number,
        cat: order.cat,
        market: order.market,
        quantity: order.quantity,
        remaining: order.remaining,
        price: order.price,
        waits: order.state == OrderState::Waiting,
    })
}
