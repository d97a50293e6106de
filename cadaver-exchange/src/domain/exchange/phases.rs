//! Markets open, close, hold auctions and halt: by an administrator's command, by the schedule, or when an auction is over.

use super::{Event, Exchange, Outcome, Output, Refusal, chosen};
use crate::domain::{
    Market, Moment,
    rules::MAX_STEPS_PER_ADVANCE,
    session::{Auction, MAX_AUCTION_MS, Phase},
};

impl Exchange {
    pub(super) fn open_market(&mut self, market: Option<Market>, out: &mut Output) -> Outcome {
        self.change_phases(market, out, |exchange, market, out| {
            match exchange.floor(market).phase {
                Phase::Continuous | Phase::Uncrossing(_) | Phase::Halted => {}
                Phase::Closed | Phase::Auction(_) => {
                    exchange.end_auction(market, Auction::Opening, out);
                }
            }
        })
    }

    pub(super) fn close_market(&mut self, market: Option<Market>, out: &mut Output) -> Outcome {
        self.change_phases(market, out, |exchange, market, out| {
            match exchange.floor(market).phase {
                Phase::Closed | Phase::Uncrossing(_) => {}
                Phase::Continuous | Phase::Halted => exchange.set_phase(market, Phase::Closed, out),
                Phase::Auction(_) => exchange.end_auction(market, Auction::Closing, out),
            }
        })
    }

    pub(super) fn call_auction(
        &mut self,
        market: Option<Market>,
        auction: Auction,
        ends_at: Option<Moment>,
        out: &mut Output,
    ) -> Outcome {
        if ends_at.is_some_and(|end| !self.may_end_at(end)) {
            return Outcome::Refused(Refusal::InvalidMoment);
        }
        self.change_phases(market, out, |exchange, market, out| {
            match exchange.floor(market).phase {
                Phase::Uncrossing(_) | Phase::Halted => {}
                Phase::Closed | Phase::Continuous | Phase::Auction(_) => {
                    exchange.begin_auction(market, auction, ends_at, out);
                }
            }
        })
    }

    pub(super) fn halt(&mut self, market: Option<Market>, out: &mut Output) -> Outcome {
        self.change_phases(market, out, |exchange, market, out| {
            if exchange.floor(market).phase != Phase::Closed {
                let floor = exchange.floor_mut(market);
                floor.auction_ends = None;
                floor.uncross_price = None;
                exchange.set_phase(market, Phase::Halted, out);
            }
        })
    }

    pub(super) fn resume(
        &mut self,
        market: Option<Market>,
        auction_until: Option<Moment>,
        out: &mut Output,
    ) -> Outcome {
        if auction_until.is_some_and(|end| !self.may_end_at(end)) {
            return Outcome::Refused(Refusal::InvalidMoment);
        }
        self.change_phases(market, out, |exchange, market, out| {
            if exchange.floor(market).phase != Phase::Halted {
                return;
            }
            let now = exchange.now;
            let wanted = exchange
                .rules
                .schedule
                .map(|schedule| schedule.phase_at(now));
            exchange.floor_mut(market).scheduled = wanted;
            match wanted {
                Some(Phase::Closed) => exchange.set_phase(market, Phase::Closed, out),
                Some(Phase::Auction(auction)) => exchange.begin_auction(market, auction, None, out),
                _ if auction_until.is_some() => {
                    exchange.begin_auction(market, Auction::Volatility, auction_until, out);
                }
                _ => exchange.end_auction(market, Auction::Volatility, out),
            }
        })
    }

    /// Whether `AdvanceTime` would find a session that begins or ends.
    pub(super) fn phases_are_due(&self, now: Moment) -> bool {
        self.opened
            && Market::ALL
                .into_iter()
                .any(|market| self.phase_is_due(market, now))
    }

    fn phase_is_due(&self, market: Market, now: Moment) -> bool {
        let floor = self.floor(market);
        match floor.phase {
            Phase::Halted => false,
            Phase::Uncrossing(_) => true,
            _ => {
                floor.auction_ends.is_some_and(|end| end <= now)
                    || self.scheduled_phase(market, now).is_some()
            }
        }
    }

    /// The phase that the schedule gives to a market, if it has not given it yet.
    fn scheduled_phase(&self, market: Market, now: Moment) -> Option<Phase> {
        let phase = self.rules.schedule?.phase_at(now);
        (self.floor(market).scheduled != Some(phase)).then_some(phase)
    }

    /// Begins and ends what is due, and makes up to about `most` trades of auctions; tells how many steps that took.
    pub(super) fn advance_phases(&mut self, most: usize, out: &mut Output) -> usize {
        let mut made = 0;
        for market in Market::ALL {
            if !self.phase_is_due(market, self.now) {
                continue;
            }
            if let Phase::Auction(auction) = self.floor(market).phase
                && self
                    .floor(market)
                    .auction_ends
                    .is_some_and(|end| end <= self.now)
            {
                self.begin_uncrossing(market, auction, out);
            }
            self.follow_schedule(market, out);
            made += 1 + self.go_on_uncrossing(market, most.saturating_sub(made), out);
        }
        made
    }

    pub(super) fn follow_schedule(&mut self, market: Market, out: &mut Output) {
        let Some(wanted) = self.scheduled_phase(market, self.now) else {
            return;
        };
        if matches!(
            self.floor(market).phase,
            Phase::Halted | Phase::Uncrossing(_)
        ) {
            return;
        }
        self.floor_mut(market).scheduled = Some(wanted);
        let is_auction = matches!(self.floor(market).phase, Phase::Auction(_));
        match wanted {
            Phase::Auction(auction) => self.begin_auction(market, auction, None, out),
            Phase::Closed if is_auction => self.begin_uncrossing(market, Auction::Closing, out),
            Phase::Closed => self.set_phase(market, Phase::Closed, out),
            _ => self.begin_uncrossing(market, Auction::Opening, out),
        }
    }

    fn begin_auction(
        &mut self,
        market: Market,
        auction: Auction,
        ends_at: Option<Moment>,
        out: &mut Output,
    ) {
        self.floor_mut(market).auction_ends = ends_at;
        self.set_phase(market, Phase::Auction(auction), out);
    }

    fn end_auction(&mut self, market: Market, auction: Auction, out: &mut Output) {
        self.begin_uncrossing(market, auction, out);
        self.go_on_uncrossing(market, MAX_STEPS_PER_ADVANCE, out);
    }

    fn change_phases(
        &mut self,
        market: Option<Market>,
        out: &mut Output,
        change: impl Fn(&mut Self, Market, &mut Output),
    ) -> Outcome {
        if !self.opened {
            return Outcome::Refused(Refusal::NotOpened);
        }
        let ends = self.floors.each_ref().map(|floor| floor.auction_ends);
        for market in chosen(market) {
            change(self, market, out);
        }
        let told = out
            .events
            .iter()
            .any(|event| matches!(event, Event::PhaseChanged { .. }));
        if told || ends != self.floors.each_ref().map(|floor| floor.auction_ends) {
            Outcome::Done
        } else {
            Outcome::Unchanged
        }
    }

    fn may_end_at(&self, end: Moment) -> bool {
        self.now < end && end <= self.now.plus_millis(MAX_AUCTION_MS)
    }
}
