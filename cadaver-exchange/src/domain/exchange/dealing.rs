//! How orders meet: entering, trading, resting, leaving. Every step keeps the holds equal to what rests.

use super::{Event, Exchange, Output};
use crate::domain::{
    CatIx, Kibbles, LotIx, Market, Side,
    cats::Sort,
    event::{CancelReason, Trade},
    ledger::{Account, Asset, ChangeReason},
    order::{Order, OrderState, Origin},
    orders::{Slot, Thread},
    rules::{CLOSED_ORDERS_KEPT, worth},
};

/// What remains of the one who came second when no more trade is possible.
enum Swept {
    Filled,
    NoMatch,
    MetItsOwnCat,
}

/// The two orders of a trade by what they do.
struct Pair {
    buy: Slot,
    sell: Slot,
}

impl Exchange {
    /// Matches a covered order; what is left rests, or is taken back where it would trade with its own cat.
    pub(super) fn enter(&mut self, order: Order, out: &mut Output) {
        let slot = self.orders.insert(order);
        match self.sweep(slot, out) {
            Swept::Filled => self.close(slot),
            Swept::NoMatch => self.rest(slot),
            Swept::MetItsOwnCat => self.take_back(slot, CancelReason::SelfTrade, out),
        }
    }

    fn sweep(&mut self, taker: Slot, out: &mut Output) -> Swept {
        let Order {
            cat,
            market,
            side,
            price: limit,
            ..
        } = *self.orders.get(taker);
        while self.orders.get(taker).remaining > 0 {
            let best = self.books[market.index()].best(opposite(side));
            let Some(maker) =
                best.filter(|maker| crosses(side, limit, self.orders.get(*maker).price))
            else {
                return Swept::NoMatch;
            };
            if self.orders.get(maker).cat == cat {
                return Swept::MetItsOwnCat;
            }
            self.trade(taker, maker, out);
        }
        Swept::Filled
    }

    fn trade(&mut self, taker: Slot, maker: Slot, out: &mut Output) {
        let Order {
            market,
            side,
            price: limit,
            remaining: wanted,
            ..
        } = *self.orders.get(taker);
        let Order {
            price,
            remaining: offered,
            ..
        } = *self.orders.get(maker);
        let quantity = wanted.min(offered);
        let pair = match side {
            Side::Buy => Pair {
                buy: taker,
                sell: maker,
            },
            Side::Sell => Pair {
                buy: maker,
                sell: taker,
            },
        };
        let (buyer, seller) = (
            self.orders.get(pair.buy).cat,
            self.orders.get(pair.sell).cat,
        );
        let bid = if side == Side::Buy { limit } else { price };
        self.settle_kibbles(buyer, seller, bid, price, quantity);
        let first_lot = out.lots.len();
        self.hand_over(market, (seller, buyer), quantity, price, &mut out.lots);

        self.orders.get_mut(taker).remaining -= quantity;
        self.books[market.index()].reduce(&mut self.orders, maker, quantity);
        self.last_trade += 1;
        self.last_prices[market.index()] = Some(price);
        let (buy, sell) = (self.orders.get(pair.buy), self.orders.get(pair.sell));
        out.events.push(Event::TradeExecuted(Trade {
            number: self.last_trade,
            market,
            price,
            quantity,
            first_lot,
            buyer,
            seller,
            buy_order: buy.number,
            buy_remaining: buy.remaining,
            sell_order: sell.number,
            sell_remaining: sell.remaining,
            taker: side,
        }));
        if quantity == offered {
            self.unrest(maker);
            self.close(maker);
        }
    }

    /// The buyer pays the trade's price out of what it had set aside for its bid; the difference comes back.
    fn settle_kibbles(
        &mut self,
        buyer: CatIx,
        seller: CatIx,
        bid: Kibbles,
        price: Kibbles,
        quantity: u32,
    ) {
        const PROOF: &str = "a bid holds its price for every lot that it still wants";
        let saved = Kibbles(bid.0 - price.0);
        let (cost, saved) = (
            worth(price, quantity).expect(PROOF),
            worth(saved, quantity).expect(PROOF),
        );
        let (held, free) = (Account::Held(buyer), Account::Available(buyer));
        self.ledger
            .pay(held, Account::Available(seller), cost, ChangeReason::Trade)
            .expect(PROOF);
        self.ledger
            .pay(held, free, saved, ChangeReason::Trade)
            .expect(PROOF);
    }

    fn hand_over(
        &mut self,
        market: Market,
        (seller, buyer): (CatIx, CatIx),
        quantity: u32,
        price: Kibbles,
        handed: &mut Vec<LotIx>,
    ) {
        self.move_lots(
            Asset::Lots(market),
            Account::Held(seller),
            Account::Available(buyer),
            quantity,
        );
        for _ in 0..quantity {
            let stock = &mut self.cats.get_mut(seller).stock[market.index()];
            let oldest = stock
                .pop_first()
                .expect("a cat has every lot that its asks hold");
            self.cats.get_mut(buyer).stock[market.index()].insert(oldest);
            let lot = self.lots.get_mut(oldest.1);
            lot.owner = buyer;
            lot.paid = Some(price);
            handed.push(oldest.1);
        }
    }

    /// Takes an open order out of the book and back.
    pub(super) fn cancel(&mut self, slot: Slot, why: CancelReason, out: &mut Output) {
        self.unrest(slot);
        self.take_back(slot, why, out);
    }

    /// Gives back what an order that does not rest still holds, and closes it.
    fn take_back(&mut self, slot: Slot, why: CancelReason, out: &mut Output) {
        const PROOF: &str = "an open order holds all that it still wants or offers";
        let order = self.orders.get(slot);
        let (held, free) = (Account::Held(order.cat), Account::Available(order.cat));
        let (side, market, remaining) = (order.side, order.market, order.remaining);
        if order.origin == Origin::Cat || !why.is_told_with_the_lot() {
            let (number, cat) = (order.number, order.cat);
            out.events.push(Event::OrderCancelled {
                order: number,
                cat,
                market,
                remaining,
                why,
            });
        }
        match side {
            Side::Buy => {
                let back = worth(order.price, remaining).expect(PROOF);
                self.ledger
                    .pay(held, free, back, ChangeReason::Release)
                    .expect(PROOF);
            }
            Side::Sell => self.move_lots(Asset::Lots(market), held, free, remaining),
        }
        self.close(slot);
    }

    pub(in crate::domain) fn rest(&mut self, slot: Slot) {
        let order = self.orders.get(slot);
        let (market, sort) = (order.market.index(), Sort::of(order));
        let cat = self.cats.get_mut(order.cat);
        cat.own_open_orders += usize::from(sort != Sort::Listing);
        self.orders
            .push_back(&mut cat.open[market][sort as usize], Thread::Owner, slot);
        self.books[market].add(&mut self.orders, slot);
    }

    fn unrest(&mut self, slot: Slot) {
        let order = self.orders.get(slot);
        let (market, sort) = (order.market.index(), Sort::of(order));
        let cat = self.cats.get_mut(order.cat);
        cat.own_open_orders -= usize::from(sort != Sort::Listing);
        self.orders
            .unlink(&mut cat.open[market][sort as usize], Thread::Owner, slot);
        self.books[market].take(&mut self.orders, slot);
    }

    /// A cat's own order can be looked up for a while after it closed; a listing is forgotten.
    fn close(&mut self, slot: Slot) {
        let now = self.now;
        let order = self.orders.get_mut(slot);
        order.state = OrderState::closed_with(order.remaining);
        order.closed_at = Some(now);
        if order.origin == Origin::Listing {
            self.orders.remove(slot);
            return;
        }
        let cat = self.cats.get_mut(order.cat);
        cat.closed.push_back(slot);
        if cat.closed.len() > CLOSED_ORDERS_KEPT
            && let Some(oldest) = cat.closed.pop_front()
            && let Some(client_order_id) = self.orders.remove(oldest).client_order_id
        {
            cat.client_order_ids.remove(&client_order_id);
        }
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
        let listing = open[Sort::Listing as usize].head;
        let gives_way = listing.or(open[Sort::Ask as usize].tail);
        let slot = gives_way.expect("lots that are not available are held by asks");
        self.cancel(slot, why, out);
        listing.is_some()
    }

    /// Moves lots between accounts, of which the first is known to have them.
    pub(super) fn move_lots(&mut self, asset: Asset, from: Account, to: Account, lots: u32) {
        let posted = self.ledger.post(asset, from, to, i64::from(lots));
        posted.expect("lots are counted by 32 bits, and an account gives only what it has");
    }
}

fn crosses(side: Side, limit: Kibbles, price: Kibbles) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

const fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}
