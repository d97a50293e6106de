//! Orders meet.

use super::{NaiveExchange, NaiveOrder, NaiveTrade};
use crate::domain::{
    Kibbles, Market, Phase, Side,
    fees::fee,
    session::Auction,
    terms::{SelfTrade, TimeInForce},
};

impl NaiveExchange {
    pub(super) fn meet(&mut self, mut taker: NaiveOrder) {
        let (market, rests) = (taker.market, taker.terms.may_rest());
        if self.phase(market) != Phase::Continuous {
            self.rest(taker);
            return;
        }
        let reference = self.reference(market);
        while taker.remaining > 0 {
            let Some(at) = self.best_against(&taker) else {
                if rests {
                    self.rest(taker);
                } else {
                    self.forget(taker);
                }
                return;
            };
            let price = self.book[at].price;
            if self.rules().guard.is_jump(Kibbles(price), reference) {
                let ends_at = self.now.plus_millis(self.rules().guard.auction_ms);
                let floor = self.floor(market);
                floor.phase = Phase::Auction(Auction::Volatility);
                floor.auction_ends = Some(ends_at);
                if rests {
                    self.rest(taker);
                } else {
                    self.forget(taker);
                }
                return;
            }
            if self.book[at].cat == taker.cat {
                if self.keep_apart(&mut taker, at) {
                    self.forget(taker);
                    return;
                }
                continue;
            }
            let mut lots = taker.remaining.min(self.book[at].shown);
            if taker.side == Side::Buy && taker.pays_as_it_goes() {
                // What it may spend is what its cat has free while it is not in the book.
                let free = self.free_kibbles(&taker.cat);
                let cost = |lots: u32| with_fee(price, lots, taker.fees.taker_bps);
                while lots > 0 && cost(lots) > free {
                    lots -= 1;
                }
            }
            if lots == 0 {
                self.forget(taker);
                return;
            }
            let maker = self.book[at].number;
            taker.remaining -= lots;
            self.book[at].remaining -= lots;
            self.book[at].shown -= lots;
            let maker_order = self.book[at].clone();
            self.settle(&taker, &maker_order, price, lots);
            self.served(maker);
        }
        self.forget(taker);
    }

    /// Whether the taker has to be taken back.
    fn keep_apart(&mut self, taker: &mut NaiveOrder, at: usize) -> bool {
        let maker = self.book[at].number;
        match taker.terms.self_trade {
            SelfTrade::CancelNewest => true,
            SelfTrade::CancelOldest => {
                self.take_out(maker);
                false
            }
            SelfTrade::CancelBoth => {
                self.take_out(maker);
                true
            }
            SelfTrade::Decrement => {
                let both = taker.remaining.min(self.book[at].shown);
                if self.book[at].remaining == both {
                    self.take_out(maker);
                } else {
                    self.book[at].remaining -= both;
                    self.book[at].shown -= both;
                    self.book[at].quantity -= both;
                    self.served(maker);
                }
                if taker.remaining == both {
                    return true;
                }
                taker.remaining -= both;
                taker.quantity -= both;
                false
            }
        }
    }

    /// Filled ones leave; one that shows nothing more goes to the end of its queue with its next tranche.
    pub(super) fn served(&mut self, number: u64) {
        let at = self
            .book
            .iter()
            .position(|order| order.number == number)
            .unwrap();
        if self.book[at].remaining == 0 {
            self.take_out(number);
        } else if self.book[at].shown == 0 {
            let order = self.book.remove(at);
            self.rest(order);
        }
    }

    pub(super) fn rest(&mut self, mut order: NaiveOrder) {
        order.shown = order
            .terms
            .display_quantity
            .unwrap_or(order.remaining)
            .min(order.remaining);
        self.book.push(order);
    }

    pub(super) fn forget(&mut self, order: NaiveOrder) {
        if !order.is_listing() {
            self.closed.push(order);
        }
    }

    pub(super) fn wait(&mut self, order: NaiveOrder) {
        let (market, side) = (order.market, order.side);
        let stop = order.terms.stop_price.unwrap();
        self.waiting.push(order);
        let Some(last) = self.last(market) else {
            return;
        };
        if reaches(side, last.0, stop.0) {
            self.floor(market).reached.push(last.0);
        }
    }

    /// The first in turn of those that the order crosses.
    fn best_against(&self, taker: &NaiveOrder) -> Option<usize> {
        let rank = |maker: &NaiveOrder| match taker.side {
            Side::Buy => maker.price,
            Side::Sell => -maker.price,
        };
        (0..self.book.len())
            .filter(|at| {
                let maker = &self.book[*at];
                maker.market == taker.market && maker.side != taker.side && crosses(taker, maker)
            })
            .min_by_key(|at| (rank(&self.book[*at]), *at))
    }

    pub(super) fn would_take(&self, order: &NaiveOrder) -> bool {
        self.best_against(order).is_some()
    }

    /// Tries it out on a copy in which everything is allowed.
    pub(super) fn can_fill(&self, order: &NaiveOrder) -> bool {
        let mut copy = self.clone();
        copy.trades.clear();
        if order.side == Side::Sell {
            copy.give_lots(&order.cat, order.market, order.remaining);
        }
        copy.meet(order.clone());
        let bought: usize = copy.trades.iter().map(|trade| trade.lots.len()).sum();
        bought == order.remaining as usize
    }

    /// One trade: kibbles, fees, lots.
    pub(super) fn settle(&mut self, taker: &NaiveOrder, maker: &NaiveOrder, price: i64, lots: u32) {
        let (buy, sell) = match taker.side {
            Side::Buy => (taker, maker),
            Side::Sell => (maker, taker),
        };
        let cost = price * i64::from(lots);
        let fee_of = |order: &NaiveOrder| {
            let is_taker = order.side == taker.side;
            let bps = if is_taker {
                order.fees.taker_bps
            } else {
                order.fees.maker_bps
            };
            fee(Kibbles(cost), bps).unwrap().0
        };
        let fees = (fee_of(buy), fee_of(sell));
        self.cats.get_mut(&buy.cat).unwrap().kibbles -= cost + fees.0;
        self.cats.get_mut(&sell.cat).unwrap().kibbles += cost - fees.1;
        let stock = self.stock(&sell.cat, sell.market);
        let handed = &stock[..lots as usize];
        let (each, rest) = (fees.0 / i64::from(lots), fees.0 % i64::from(lots));
        for (turn, place) in handed.iter().enumerate() {
            let share = each + i64::from((turn as i64) < rest);
            self.lots[*place].owner = buy.cat.clone();
            self.lots[*place].paid = Some((price, share));
        }
        self.trades.push(NaiveTrade {
            market: buy.market,
            price,
            buyer: buy.cat.clone(),
            seller: sell.cat.clone(),
            fees,
            lots: handed
                .iter()
                .map(|place| self.lots[*place].id.clone())
                .collect(),
        });
        let any_wait = self.waiting.iter().any(|order| order.market == buy.market);
        let floor = self.floor(buy.market);
        floor.last = Some(price);
        if any_wait {
            floor.reached.push(price);
        }
    }

    pub(super) fn trigger_stops(&mut self) {
        for market in Market::ALL {
            while !self.stopped && self.phase(market) == Phase::Continuous {
                let Some(at) = self.next_reached(market) else {
                    self.floor(market).reached.clear();
                    break;
                };
                let order = self.waiting.remove(at);
                let all_or_nothing = order.terms.time_in_force == TimeInForce::Fok;
                if all_or_nothing && !self.can_fill(&order) {
                    self.forget(order);
                } else {
                    self.meet(order);
                }
            }
        }
    }

    fn next_reached(&self, market: Market) -> Option<usize> {
        let reached = self.floors.get(&market)?.reached.clone();
        let due = |side: Side| {
            let rank = |at: &usize| {
                let stop = self.waiting[*at].terms.stop_price.unwrap().0;
                (if side == Side::Buy { stop } else { -stop }, *at)
            };
            (0..self.waiting.len())
                .filter(|at| {
                    let order = &self.waiting[*at];
                    let stop = order.terms.stop_price.unwrap().0;
                    order.market == market
                        && order.side == side
                        && reached.iter().any(|price| reaches(side, *price, stop))
                })
                .min_by_key(rank)
        };
        due(Side::Buy).or_else(|| due(Side::Sell))
    }
}

fn reaches(side: Side, price: i64, stop: i64) -> bool {
    match side {
        Side::Buy => price >= stop,
        Side::Sell => price <= stop,
    }
}

fn crosses(taker: &NaiveOrder, maker: &NaiveOrder) -> bool {
    match taker.side {
        Side::Buy => maker.price <= taker.limit(),
        Side::Sell => maker.price >= taker.limit(),
    }
}

fn with_fee(price: i64, lots: u32, bps: u16) -> i64 {
    let cost = price * i64::from(lots);
    cost + fee(Kibbles(cost), bps).unwrap().0
}
