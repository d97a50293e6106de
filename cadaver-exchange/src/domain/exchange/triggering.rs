//! Stops come to life after the trades that reach them, in the same command as far as its bound goes.

use super::{Event, Exchange, Output};
use crate::domain::{
    Market,
    event::CancelReason,
    ledger::{Account, ChangeReason},
    order::OrderState,
    orders::Slot,
    rules::MAX_STOPS_PER_COMMAND,
    session::Phase,
    terms::TimeInForce,
};

impl Exchange {
    /// Whether stops that a trade has reached wait for the next command.
    pub(super) fn stops_are_due(&self) -> bool {
        let due = |market| {
            let floor = self.floor(market);
            floor.phase == Phase::Continuous && floor.stops.reached.is_some()
        };
        !self.stopped && Market::ALL.into_iter().any(due)
    }

    /// Triggers the stops that trades have reached, and those that their trades reach in turn.
    pub(super) fn trigger_stops(&mut self, out: &mut Output) {
        if !self.stops_reached {
            return;
        }
        let mut triggered = 0;
        for market in Market::ALL {
            while triggered < MAX_STOPS_PER_COMMAND
                && !self.stopped
                && self.floor(market).phase == Phase::Continuous
                && let Some(slot) = self.floor_mut(market).stops.next_reached()
            {
                self.trigger(slot, out);
                triggered += 1;
            }
        }
        let waits = |market: &Market| self.floor(*market).stops.reached.is_some();
        self.stops_reached = Market::ALL.iter().any(waits);
    }

    fn trigger(&mut self, slot: Slot, out: &mut Output) {
        self.leave(slot);
        let order = self.orders.get(slot);
        let (order_number, cat, market) = (order.number, order.cat, order.market);
        out.events.push(Event::OrderTriggered {
            order: order_number,
            cat,
            market,
            remaining: order.remaining,
        });
        let earnest = order.kibbles_behind(order.remaining);
        self.orders.get_mut(slot).state = OrderState::Open;
        let order = self.orders.get(slot);
        if order.is_unprotected() {
            let (held, free) = (Account::Held(cat), Account::Available(cat));
            let paid = self.ledger.pay(held, free, earnest, ChangeReason::Release);
            paid.expect("a waiting bid holds its stop price");
        }
        let order = self.orders.get(slot);
        let all_or_nothing = order.terms.time_in_force == TimeInForce::Fok;
        if all_or_nothing && !self.can_fill(&self.as_wanted(order)) {
            self.take_back(slot, CancelReason::Unfilled, out);
        } else {
            self.meet(slot, out);
        }
    }
}
