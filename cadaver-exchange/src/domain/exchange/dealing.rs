//! How an order meets the book in continuous trading: it sweeps what it crosses, and what is left rests or is taken back.

use super::{Event, Exchange, Output, place_order::opposite};
use crate::domain::{
    CatIx, Kibbles, Market, Side,
    event::{CancelReason, Trade},
    order::{Order, OrderState},
    orders::Slot,
    rules::MAX_PRICE,
    session::{Auction, Phase},
    terms::{SelfTrade, Terms},
};

/// Why a sweep ended.
enum Swept {
    /// It traded all that it wanted.
    Filled,
    /// Nothing that it crosses is left.
    NoMatch,
    /// It has to be taken back.
    Stopped(CancelReason),
    /// The next trade would be too great a jump.
    Jump,
}

/// An order that does not exist yet, as far as the book is concerned.
pub(super) struct Wanted {
    pub(super) cat: CatIx,
    pub(super) market: Market,
    pub(super) side: Side,
    pub(super) price: Kibbles,
    pub(super) terms: Terms,
    pub(super) taker_bps: u16,
    pub(super) quantity: u32,
}

/// The two orders of a trade, and who came second.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) buy: Slot,
    pub(super) sell: Slot,
    pub(super) taker: Side,
}

impl Exchange {
    /// Matches a covered order where trading is continuous; what is left rests, or is taken back.
    pub(super) fn meet(&mut self, slot: Slot, out: &mut Output) {
        let order = self.orders.get(slot);
        let (market, may_rest) = (order.market, order.terms.may_rest());
        if self.floor(market).phase != Phase::Continuous {
            self.rest(slot);
            return;
        }
        match self.sweep(slot, out) {
            Swept::Filled => self.close(slot, OrderState::Filled),
            Swept::Stopped(why) => self.take_back(slot, why, out),
            Swept::NoMatch if may_rest => self.rest(slot),
            Swept::NoMatch => self.take_back(slot, CancelReason::Unfilled, out),
            Swept::Jump => {
                self.call_volatility_auction(market, out);
                if may_rest {
                    self.rest(slot);
                } else {
                    self.take_back(slot, CancelReason::Volatility, out);
                }
            }
        }
    }

    fn sweep(&mut self, taker: Slot, out: &mut Output) -> Swept {
        let order = self.orders.get(taker);
        let (cat, market, side, limit) = (order.cat, order.market, order.side, order.limit());
        let reference = self.reference(market);
        loop {
            let wanted = self.orders.get(taker).remaining;
            if wanted == 0 {
                return Swept::Filled;
            }
            let best = self.floor(market).book.next(opposite(side));
            let Some((price, maker)) = best.filter(|(price, _)| crosses(side, limit, *price))
            else {
                return Swept::NoMatch;
            };
            if self.rules.guard.is_jump(price, reference) {
                return Swept::Jump;
            }
            let resting = self.orders.get(maker);
            let shown = resting.shown;
            if resting.cat == cat {
                match self.keep_apart(taker, maker, out) {
                    Some(why) => return Swept::Stopped(why),
                    None => continue,
                }
            }
            let quantity = self.affordable(taker, price, wanted.min(shown));
            if quantity == 0 {
                return Swept::Stopped(CancelReason::OutOfKibbles);
            }
            let pair = match side {
                Side::Buy => Pair {
                    buy: taker,
                    sell: maker,
                    taker: side,
                },
                Side::Sell => Pair {
                    buy: maker,
                    sell: taker,
                    taker: side,
                },
            };
            self.trade(pair, price, quantity, out);
            self.served(maker);
        }
    }

    /// Lets two orders trade, whichever of them rests.
    pub(super) fn trade(&mut self, pair: Pair, price: Kibbles, quantity: u32, out: &mut Output) {
        let market = self.orders.get(pair.buy).market;
        let fees = self.settle(pair, price, quantity);
        let first_lot = out.lots.len();
        self.hand_over(pair, price, quantity, fees.buyer, &mut out.lots);
        for slot in [pair.buy, pair.sell] {
            self.fill(slot, quantity);
        }
        self.last_trade += 1;
        let number = self.last_trade;
        let floor = self.floor_mut(market);
        floor.last_price = Some(price);
        let reached = floor.stops.reach(price);
        self.stops_reached |= reached;
        let (buy, sell) = (self.orders.get(pair.buy), self.orders.get(pair.sell));
        out.events.push(Event::TradeExecuted(Trade {
            number,
            market,
            price,
            quantity,
            first_lot,
            buyer: buy.cat,
            seller: sell.cat,
            buy_order: buy.number,
            buy_remaining: buy.remaining,
            sell_order: sell.number,
            sell_remaining: sell.remaining,
            taker: pair.taker,
            buyer_fee: fees.buyer,
            seller_fee: fees.seller,
        }));
    }

    /// Two orders of one cat would meet. Tells why the one that comes in has to be taken back, if it has to.
    pub(super) fn keep_apart(
        &mut self,
        newer: Slot,
        older: Slot,
        out: &mut Output,
    ) -> Option<CancelReason> {
        const WHY: CancelReason = CancelReason::SelfTrade;
        match self.orders.get(newer).terms.self_trade {
            SelfTrade::CancelNewest => Some(WHY),
            SelfTrade::CancelOldest => {
                self.cancel(older, WHY, out);
                None
            }
            SelfTrade::CancelBoth => {
                self.cancel(older, WHY, out);
                Some(WHY)
            }
            SelfTrade::Decrement => {
                let (one, other) = (self.orders.get(newer), self.orders.get(older));
                let (left, both) = (one.remaining, one.remaining.min(other.shown));
                if other.remaining == both {
                    self.cancel(older, WHY, out);
                } else {
                    self.shrink(older, both, out);
                    self.served(older);
                }
                if left == both {
                    return Some(WHY);
                }
                self.shrink(newer, both, out);
                None
            }
        }
    }

    /// Whether an order at this price would trade at once.
    pub(super) fn would_take(&self, market: Market, side: Side, limit: Kibbles) -> bool {
        let best = self.floor(market).book.next(opposite(side));
        best.is_some_and(|(price, _)| crosses(side, limit, price))
    }

    /// Whether all of an order would trade at once, as [`Exchange::meet`] goes about it.
    pub(super) fn can_fill(&self, wanted: &Wanted) -> bool {
        let reference = self.reference(wanted.market);
        let limit = match (wanted.price.0, wanted.side) {
            (0, Side::Buy) => MAX_PRICE,
            _ => wanted.price,
        };
        let mut purse = self.purse(wanted);
        let mut missing = wanted.quantity;
        let book = &self.floor(wanted.market).book;
        for maker in book.resting(&self.orders, opposite(wanted.side)) {
            let out_of_reach = !crosses(wanted.side, limit, maker.price)
                || self.rules.guard.is_jump(maker.price, reference);
            if out_of_reach {
                return false;
            }
            if maker.cat == wanted.cat {
                match wanted.terms.self_trade {
                    SelfTrade::CancelOldest => continue,
                    _ => return false,
                }
            }
            let lots = missing.min(maker.remaining);
            if let Some(purse) = &mut purse {
                if purse.affordable(maker.price, lots) < lots {
                    return false;
                }
                purse.spend(maker.price, lots);
            }
            missing -= lots;
            if missing == 0 {
                return true;
            }
        }
        false
    }

    /// The order as [`Exchange::can_fill`] sees it.
    pub(super) fn as_wanted(&self, order: &Order) -> Wanted {
        Wanted {
            cat: order.cat,
            market: order.market,
            side: order.side,
            price: order.price,
            terms: order.terms,
            taker_bps: order.fees.taker_bps,
            quantity: order.remaining,
        }
    }

    fn call_volatility_auction(&mut self, market: Market, out: &mut Output) {
        let ends_at = self.now.plus_millis(self.rules.guard.auction_ms);
        self.floor_mut(market).auction_ends = Some(ends_at);
        self.set_phase(market, Phase::Auction(Auction::Volatility), out);
    }
}

pub(super) fn crosses(side: Side, limit: Kibbles, price: Kibbles) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}
