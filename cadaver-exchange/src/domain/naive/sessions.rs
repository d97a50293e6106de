//! Phases, auctions, and the passing of time.

use super::{NaiveExchange, NaiveOrder};
use crate::domain::{
    Kibbles, Market, Moment, Phase, Rules, Side,
    exchange::{Outcome, Refusal},
    listing_policy::{DECAY_STEP_MS, Surroundings},
    session::{Auction, MAX_AUCTION_MS, end_of_day},
    terms::TimeInForce,
};
use shared_events::id::CatId;

impl NaiveExchange {
    pub(super) fn apply_rules(&mut self, rules: &Rules) -> Outcome {
        if self.rules.as_ref() == Some(rules) {
            return Outcome::Unchanged;
        }
        let first = self.rules.replace(rules.clone()).is_none();
        for market in Market::ALL {
            if rules.schedule.is_some() {
                self.follow_schedule(market);
            } else if first {
                self.floor(market).phase = Phase::Continuous;
            }
        }
        Outcome::Done
    }

    pub(super) fn phases(
        &mut self,
        market: Option<Market>,
        change: impl Fn(&mut Self, Market),
    ) -> Outcome {
        if self.rules.is_none() {
            return Outcome::Refused(Refusal::NotOpened);
        }
        let state = |naive: &mut Self| {
            Market::ALL.map(|market| {
                let floor = naive.floor(market);
                (floor.phase, floor.auction_ends)
            })
        };
        let before = state(self);
        for market in Market::ALL
            .into_iter()
            .filter(|one| market.is_none_or(|m| m == *one))
        {
            change(self, market);
        }
        if before == state(self) {
            Outcome::Unchanged
        } else {
            Outcome::Done
        }
    }

    pub(super) fn checked_phases(
        &mut self,
        market: Option<Market>,
        end: Option<Moment>,
        change: impl Fn(&mut Self, Market),
    ) -> Outcome {
        let latest = self.now.plus_millis(MAX_AUCTION_MS);
        if end.is_some_and(|end| end <= self.now || end > latest) {
            return Outcome::Refused(Refusal::InvalidMoment);
        }
        self.phases(market, change)
    }

    pub(super) fn open(&mut self, market: Market) {
        if matches!(self.phase(market), Phase::Closed | Phase::Auction(_)) {
            self.uncross(market, Phase::Continuous);
        }
    }

    pub(super) fn close(&mut self, market: Market) {
        match self.phase(market) {
            Phase::Auction(_) => self.uncross(market, Phase::Closed),
            _ => self.floor(market).phase = Phase::Closed,
        }
    }

    pub(super) fn call(&mut self, market: Market, auction: Auction, ends_at: Option<Moment>) {
        if self.phase(market) != Phase::Halted {
            let floor = self.floor(market);
            floor.phase = Phase::Auction(auction);
            floor.auction_ends = ends_at;
        }
    }

    pub(super) fn halt(&mut self, market: Market) {
        if self.phase(market) != Phase::Closed {
            let floor = self.floor(market);
            floor.phase = Phase::Halted;
            floor.auction_ends = None;
        }
    }

    pub(super) fn resume(&mut self, market: Market, until: Option<Moment>) {
        if self.phase(market) != Phase::Halted {
            return;
        }
        let now = self.now;
        let wanted = self.rules().schedule.map(|schedule| schedule.phase_at(now));
        self.floor(market).scheduled = wanted;
        self.floor(market).phase = Phase::Closed;
        match wanted {
            Some(Phase::Closed) => {}
            Some(Phase::Auction(auction)) => self.call(market, auction, None),
            _ if until.is_some() => self.call(market, Auction::Volatility, until),
            _ => self.uncross(market, Phase::Continuous),
        }
    }

    fn follow_schedule(&mut self, market: Market) -> bool {
        if self.phase(market) == Phase::Halted {
            return false;
        }
        let now = self.now;
        let wanted = self.rules().schedule.map(|schedule| schedule.phase_at(now));
        let Some(wanted) = wanted.filter(|phase| self.floor(market).scheduled != Some(*phase))
        else {
            return false;
        };
        self.floor(market).scheduled = Some(wanted);
        match wanted {
            Phase::Auction(auction) => self.call(market, auction, None),
            Phase::Closed if matches!(self.phase(market), Phase::Auction(_)) => {
                self.uncross(market, Phase::Closed);
            }
            Phase::Closed => self.floor(market).phase = Phase::Closed,
            _ => self.uncross(market, Phase::Continuous),
        }
        true
    }

    /// The price of the auction: every price from the lowest ask to the highest bid is tried.
    pub(super) fn uncross_price(&self, market: Market) -> Option<i64> {
        let of = |side: Side| {
            self.book
                .iter()
                .filter(move |o| o.market == market && o.side == side)
        };
        let lowest = of(Side::Sell).map(|ask| ask.price).min()?;
        let highest = of(Side::Buy).map(|bid| bid.price).max()?;
        let lots = |order: &NaiveOrder| i64::from(order.remaining);
        let tried = (lowest..=highest).map(|price| {
            let demand: i64 = of(Side::Buy)
                .filter(|bid| bid.price >= price)
                .map(lots)
                .sum();
            let supply: i64 = of(Side::Sell)
                .filter(|ask| ask.price <= price)
                .map(lots)
                .sum();
            (price, demand.min(supply), demand - supply)
        });
        let tried: Vec<(i64, i64, i64)> = tried.collect();
        let most = tried.iter().map(|(_, lots, _)| *lots).max()?;
        let best = tried.iter().filter(|(_, lots, _)| *lots == most);
        let fewest = best.clone().map(|(.., left)| left.abs()).min()?;
        let best: Vec<_> = best.filter(|(.., left)| left.abs() == fewest).collect();
        let reference = self.reference(market);
        let price = match reference {
            _ if best.iter().all(|(.., left)| *left > 0) => best.last(),
            _ if best.iter().all(|(.., left)| *left < 0) => best.first(),
            None => best.first(),
            Some(reference) => best
                .iter()
                .min_by_key(|(price, ..)| ((price - reference.0).abs(), *price)),
        };
        price.map(|(price, ..)| *price)
    }

    /// Takes out what is over, but for orders of a day whose next close is still to come.
    fn expire_before_uncrossing(&mut self, market: Market) {
        let (now, rules) = (self.now, self.rules());
        let is_over = |order: &NaiveOrder| match (order.due_at, order.terms.time_in_force) {
            (Some(due), TimeInForce::Gtd { .. }) => due <= now,
            (Some(due), TimeInForce::Day) => end_of_day(rules.schedule.as_ref(), due) <= now,
            _ => false,
        };
        let over = self.live().map(|(order, _)| order);
        let over = over.filter(|order| order.market == market && is_over(order));
        let over: Vec<u64> = over.map(|order| order.number).collect();
        over.into_iter().for_each(|number| self.take_out(number));
    }

    fn uncross(&mut self, market: Market, then: Phase) {
        self.expire_before_uncrossing(market);
        self.floor(market).auction_ends = None;
        while let Some(price) = self.uncross_price(market) {
            while let Some((buy, sell)) = self.next_pair(market, price) {
                self.uncross_pair(buy, sell, price);
            }
        }
        self.floor(market).phase = then;
    }

    /// The numbers of the first bid and the first ask in turn, if both take the price.
    fn next_pair(&self, market: Market, price: i64) -> Option<(u64, u64)> {
        let of = |side: Side| {
            (0..self.book.len())
                .filter(|at| self.book[*at].market == market && self.book[*at].side == side)
                .min_by_key(|at| {
                    let price = self.book[*at].price;
                    (if side == Side::Buy { -price } else { price }, *at)
                })
        };
        let (bid, ask) = (&self.book[of(Side::Buy)?], &self.book[of(Side::Sell)?]);
        (bid.price >= price && ask.price <= price).then_some((bid.number, ask.number))
    }

    fn uncross_pair(&mut self, buy: u64, sell: u64, price: i64) {
        let (newer, older) = (buy.max(sell), buy.min(sell));
        let at =
            |naive: &Self, number: u64| naive.book.iter().position(|o| o.number == number).unwrap();
        let (bid, ask) = (
            self.book[at(self, buy)].clone(),
            self.book[at(self, sell)].clone(),
        );
        if bid.cat == ask.cat {
            self.keep_apart_in_the_book(newer, older);
            return;
        }
        let lots = bid.shown.min(ask.shown);
        for number in [buy, sell] {
            let place = at(self, number);
            self.book[place].remaining -= lots;
            self.book[place].shown -= lots;
        }
        let (taker, maker) = if newer == buy { (bid, ask) } else { (ask, bid) };
        self.settle(&taker, &maker, price, lots);
        self.served(buy);
        self.served(sell);
    }

    fn keep_apart_in_the_book(&mut self, newer: u64, older: u64) {
        use crate::domain::terms::SelfTrade;
        let at =
            |naive: &Self, number: u64| naive.book.iter().position(|o| o.number == number).unwrap();
        let (new, old) = (
            self.book[at(self, newer)].clone(),
            self.book[at(self, older)].clone(),
        );
        match new.terms.self_trade {
            SelfTrade::CancelNewest => self.take_out(newer),
            SelfTrade::CancelOldest => self.take_out(older),
            SelfTrade::CancelBoth => {
                self.take_out(older);
                self.take_out(newer);
            }
            SelfTrade::Decrement => {
                let both = new.remaining.min(old.shown);
                for (number, order) in [(older, old), (newer, new)] {
                    if order.remaining == both {
                        self.take_out(number);
                        continue;
                    }
                    let place = at(self, number);
                    self.book[place].remaining -= both;
                    self.book[place].shown -= both;
                    self.book[place].quantity -= both;
                    self.served(number);
                }
            }
        }
    }

    pub(super) fn advance_time(&mut self) -> Outcome {
        let mut progressed = false;
        for market in Market::ALL {
            progressed |= self.advance_phase(market);
        }
        self.trigger_stops();
        progressed |= self.look_at_orders();
        progressed |= self.let_lots_leave();
        progressed |= self.age_lots();
        if progressed {
            Outcome::Done
        } else {
            Outcome::Unchanged
        }
    }

    fn advance_phase(&mut self, market: Market) -> bool {
        if self.rules.is_none() || self.phase(market) == Phase::Halted {
            return false;
        }
        let now = self.now;
        let over = self
            .floor(market)
            .auction_ends
            .is_some_and(|end| end <= now);
        if let Phase::Auction(auction) = self.phase(market)
            && over
        {
            let then = match auction {
                Auction::Closing => Phase::Closed,
                Auction::Opening | Auction::Volatility => Phase::Continuous,
            };
            // While there are trades to be made the schedule waits for the next look.
            self.expire_before_uncrossing(market);
            let trades = self.uncross_price(market).is_some();
            self.uncross(market, then);
            if trades {
                return true;
            }
        }
        self.follow_schedule(market) || over
    }

    /// Orders expire and prices of listings fall, in the order of their moments.
    fn look_at_orders(&mut self) -> bool {
        let mut any = false;
        loop {
            let due = self.live().map(|(order, _)| order);
            let due = due.filter_map(|order| {
                Some((order.due_at.filter(|at| *at <= self.now)?, order.number))
            });
            let Some((_, number)) = due.min() else {
                return any;
            };
            any = true;
            let order = self
                .live()
                .map(|(order, _)| order)
                .find(|order| order.number == number);
            let order = order.unwrap().clone();
            match order.caught_at {
                None => self.take_out(number),
                Some(caught_at) => self.let_price_fall(&order, caught_at),
            }
        }
    }

    fn let_price_fall(&mut self, order: &NaiveOrder, caught_at: Moment) {
        let at = self
            .book
            .iter()
            .position(|other| other.number == order.number)
            .unwrap();
        self.book[at].due_at = Some(next_fall(caught_at, self.now));
        let policy = self.cats[&order.cat]
            .policies
            .get(&order.market)
            .copied()
            .unwrap_or_default();
        let price = self.policy_price(&order.cat, order.market, caught_at);
        if !policy.decays() || price.is_none_or(|price| price >= order.price) {
            return;
        }
        let mut order = self.book.remove(at);
        order.price = price.unwrap();
        order.shown = 0;
        self.meet(order);
    }

    pub(super) fn policy_price(
        &self,
        cat: &CatId,
        market: Market,
        caught_at: Moment,
    ) -> Option<i64> {
        let policy = self.cats[cat]
            .policies
            .get(&market)
            .copied()
            .unwrap_or_default();
        let surroundings = Surroundings {
            house: self.rules().listing_price(market),
            last: self.last(market),
            caught_at,
            now: self.now,
        };
        policy.price(&surroundings).map(|Kibbles(price)| price)
    }
}

/// The first whole minute of a lot's age that is still to come.
pub(super) fn next_fall(caught_at: Moment, now: Moment) -> Moment {
    let mut next = caught_at;
    let steps = now.millis_since(caught_at) / DECAY_STEP_MS;
    next = next.plus_millis(steps * DECAY_STEP_MS);
    while next <= now {
        next = next.plus_millis(DECAY_STEP_MS);
    }
    next
}
