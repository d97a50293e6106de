//! The end of a call auction: one price for all its trades, best price first and at one price first come first. A bounded
//! number of trades per command; until the last is made the market takes no orders.

use super::{
    Event, Exchange, Output,
    dealing::{Pair, crosses},
};
use crate::domain::{
    Kibbles, Market, Side,
    event::CancelReason,
    order::Order,
    orders::Slot,
    session::{Auction, Phase, end_of_day},
    terms::TimeInForce,
    uncross::{Interest, Uncross, uncross},
};

impl Exchange {
    /// What the end of an auction would bring now: its price and its volume.
    #[must_use]
    pub fn indicative_uncross(&self, market: Market) -> Option<Uncross> {
        let (bids, asks) = (
            self.interest(market, Side::Buy),
            self.interest(market, Side::Sell),
        );
        uncross(&bids, &asks, self.reference(market))
    }

    /// All lots of the levels of a side that cross the other, best price first.
    fn interest(&self, market: Market, side: Side) -> Vec<Interest> {
        let book = &self.floor(market).book;
        let Some((limit, _)) = book.next(super::place_order::opposite(side)) else {
            return Vec::new();
        };
        let mut interest: Vec<Interest> = Vec::new();
        for order in book.resting(&self.orders, side) {
            if !crosses(side, order.price, limit) {
                break;
            }
            let lots = u64::from(order.remaining);
            match interest.last_mut().filter(|last| last.price == order.price) {
                Some(last) => last.lots += lots,
                None => interest.push(Interest {
                    price: order.price,
                    lots,
                }),
            }
        }
        interest
    }

    /// Fixes the price of an auction that ends; its trades follow.
    pub(super) fn begin_uncrossing(&mut self, market: Market, auction: Auction, out: &mut Output) {
        self.expire_before_uncrossing(market, out);
        let price = self.indicative_uncross(market).map(|found| found.price);
        let floor = self.floor_mut(market);
        floor.auction_ends = None;
        floor.uncross_price = price;
        match price {
            Some(_) => self.set_phase(market, Phase::Uncrossing(auction), out),
            None => self.set_phase(market, after(auction), out),
        }
    }

    /// What is over does not trade in an auction that ends later, however late it is looked at; orders for the day are part of the
    /// auction that ends with their day.
    fn expire_before_uncrossing(&mut self, market: Market, out: &mut Output) {
        let mut others = Vec::new();
        while let Some((moment, number)) = self.expiries.pop_due(self.now) {
            let Some(slot) = self.orders.find(number) else {
                continue;
            };
            let order = self.orders.get(slot);
            if order.due_at != Some(moment) {
                continue;
            }
            if order.market == market && self.is_over(order) {
                self.cancel(slot, CancelReason::Expired, out);
            } else {
                others.push((moment, number));
            }
        }
        for (moment, number) in others {
            self.look_again(moment, number);
        }
    }

    fn is_over(&self, order: &Order) -> bool {
        let Some(due_at) = order.due_at.filter(|due_at| *due_at <= self.now) else {
            return false;
        };
        match order.terms.time_in_force {
            TimeInForce::Gtd { .. } => true,
            TimeInForce::Day => end_of_day(self.rules.schedule.as_ref(), due_at) <= self.now,
            TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => false,
        }
    }

    /// Makes up to `most` trades of the auction that is being uncrossed; tells how many.
    pub(super) fn go_on_uncrossing(
        &mut self,
        market: Market,
        most: usize,
        out: &mut Output,
    ) -> usize {
        let floor = self.floor(market);
        let (Phase::Uncrossing(auction), Some(price)) = (floor.phase, floor.uncross_price) else {
            return 0;
        };
        for made in 0..most {
            match self.next_at(market, price) {
                Some((buy, sell)) => self.uncross_pair(buy, sell, price, out),
                None => {
                    // Where orders of one cat met and were taken back, others may still cross: at a price of their own.
                    self.begin_uncrossing(market, auction, out);
                    return made + self.go_on_uncrossing(market, most - made, out);
                }
            }
        }
        most
    }

    fn next_at(&self, market: Market, price: Kibbles) -> Option<(Slot, Slot)> {
        let book = &self.floor(market).book;
        let ((bid, buy), (ask, sell)) = (book.next(Side::Buy)?, book.next(Side::Sell)?);
        (bid >= price && ask <= price).then_some((buy, sell))
    }

    fn uncross_pair(&mut self, buy: Slot, sell: Slot, price: Kibbles, out: &mut Output) {
        let (bid, ask) = (self.orders.get(buy), self.orders.get(sell));
        let taker = if bid.number > ask.number {
            Side::Buy
        } else {
            Side::Sell
        };
        if bid.cat == ask.cat {
            let (newer, older) = match taker {
                Side::Buy => (buy, sell),
                Side::Sell => (sell, buy),
            };
            let why: Option<CancelReason> = self.keep_apart(newer, older, out);
            match why {
                Some(why) => self.cancel(newer, why, out),
                None => self.served(newer),
            }
            return;
        }
        let quantity = bid.shown.min(ask.shown);
        self.trade(Pair { buy, sell, taker }, price, quantity, out);
        self.served(buy);
        self.served(sell);
    }

    /// Lets a market do something else from now on, and tells so.
    pub(super) fn set_phase(&mut self, market: Market, phase: Phase, out: &mut Output) {
        let floor = self.floor_mut(market);
        if floor.phase != phase {
            floor.phase = phase;
            out.events.push(Event::PhaseChanged { market, phase });
        }
    }
}

/// What follows an auction.
const fn after(auction: Auction) -> Phase {
    match auction {
        Auction::Opening | Auction::Volatility => Phase::Continuous,
        Auction::Closing => Phase::Closed,
    }
}
