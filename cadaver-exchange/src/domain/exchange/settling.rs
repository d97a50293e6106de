//! What changes paws in a trade: kibbles, fees and lots.

use super::{
    Exchange,
    dealing::{Pair, Wanted},
};
use crate::domain::{
    CatIx, Kibbles, LotIx, Side,
    fees::fee,
    ledger::{Account, Asset, ChangeReason, House},
    order::OrderState,
    orders::Slot,
    rules::worth,
};

const BOUNDED: &str = "prices, quantities and fees were checked when the order came in";
const COVERED: &str = "what was set aside for a bid covers every trade of it";

/// What each side of a trade pays to the house.
pub(super) struct TradeFees {
    pub(super) buyer: Kibbles,
    pub(super) seller: Kibbles,
}

/// Kibbles that a market order may still spend.
pub(super) struct Purse {
    left: Kibbles,
    bps: u16,
}

impl Purse {
    /// The most lots, up to `wanted`, that it can pay at `price` with the fee.
    pub(super) fn affordable(&self, price: Kibbles, wanted: u32) -> u32 {
        let cost = |lots: u32| cost_with_fee(price, lots, self.bps);
        if cost(wanted) <= self.left.0 {
            return wanted;
        }
        let whole = i128::from(price.0) * (10_000 + i128::from(self.bps));
        let guess = i128::from(self.left.0.max(0)) * 10_000 / whole.max(1);
        let mut lots = u32::try_from(guess).unwrap_or(wanted).min(wanted);
        while lots < wanted && cost(lots + 1) <= self.left.0 {
            lots += 1;
        }
        lots
    }

    pub(super) fn spend(&mut self, price: Kibbles, lots: u32) {
        self.left.0 -= cost_with_fee(price, lots, self.bps);
    }
}

fn cost_with_fee(price: Kibbles, lots: u32, bps: u16) -> i64 {
    let cost = worth(price, lots).expect(BOUNDED);
    cost.0 + fee(cost, bps).expect(BOUNDED).0
}

impl Exchange {
    /// How many of `lots` at `price` the one who came second can pay; a covered order can pay them all.
    pub(super) fn affordable(&self, taker: Slot, price: Kibbles, lots: u32) -> u32 {
        let order = self.orders.get(taker);
        if order.side == Side::Sell || !order.is_unprotected() {
            return lots;
        }
        let left = Kibbles(self.ledger.available(order.cat, Asset::Kibbles));
        let bps = order.fees.taker_bps;
        Purse { left, bps }.affordable(price, lots)
    }

    /// What an order that nothing protects may spend; nothing for one that is covered.
    pub(super) fn purse(&self, wanted: &Wanted) -> Option<Purse> {
        let pays_as_it_goes = wanted.side == Side::Buy && wanted.price.0 == 0;
        pays_as_it_goes.then(|| Purse {
            left: Kibbles(self.ledger.available(wanted.cat, Asset::Kibbles)),
            bps: wanted.taker_bps,
        })
    }

    /// The buyer pays the price and its fee out of what it had set aside, and what it saved comes back; the seller pays
    /// its fee out of the price.
    pub(super) fn settle(&mut self, pair: Pair, price: Kibbles, quantity: u32) -> TradeFees {
        let (buy, sell) = (self.orders.get(pair.buy), self.orders.get(pair.sell));
        let (buyer, seller) = (buy.cat, sell.cat);
        let cost = worth(price, quantity).expect(BOUNDED);
        let bps = |fees: crate::domain::fees::Fees, side| {
            if pair.taker == side {
                fees.taker_bps
            } else {
                fees.maker_bps
            }
        };
        let fees = TradeFees {
            buyer: fee(cost, bps(buy.fees, Side::Buy)).expect(BOUNDED),
            seller: fee(cost, bps(sell.fees, Side::Sell)).expect(BOUNDED),
        };
        let house = Account::House(House::Fees);
        let (free, proceeds) = (Account::Available(buyer), Account::Available(seller));
        if buy.is_unprotected() && buy.state == OrderState::Open {
            self.pay_covered(free, proceeds, cost, ChangeReason::Trade);
            self.pay_covered(free, house, fees.buyer, ChangeReason::Fee);
        } else {
            let freed = buy.kibbles_behind(buy.remaining).0
                - buy.kibbles_behind(buy.remaining - quantity).0;
            let saved = Kibbles(freed - cost.0 - fees.buyer.0);
            let held = Account::Held(buyer);
            self.pay_covered(held, proceeds, cost, ChangeReason::Trade);
            self.pay_covered(held, house, fees.buyer, ChangeReason::Fee);
            self.pay_covered(held, free, saved, ChangeReason::Release);
        }
        self.pay_covered(proceeds, house, fees.seller, ChangeReason::Fee);
        fees
    }

    fn pay_covered(&mut self, from: Account, to: Account, amount: Kibbles, why: ChangeReason) {
        self.ledger.pay(from, to, amount, why).expect(COVERED);
    }

    /// Gives back what stands behind `lots` of an order.
    pub(super) fn release(&mut self, slot: Slot, lots: u32) {
        let order = self.orders.get(slot);
        let (cat, market) = (order.cat, order.market);
        let (held, free) = (Account::Held(cat), Account::Available(cat));
        match order.side {
            Side::Buy => {
                let left = order.remaining - lots;
                let back = order.kibbles_behind(order.remaining).0 - order.kibbles_behind(left).0;
                self.pay_covered(held, free, Kibbles(back), ChangeReason::Release);
            }
            Side::Sell => {
                self.move_lots(Asset::Lots(market), held, free, lots, ChangeReason::Release);
            }
        }
    }

    /// The seller's oldest lots go to the buyer.
    pub(super) fn hand_over(
        &mut self,
        pair: Pair,
        price: Kibbles,
        quantity: u32,
        buyer_fee: Kibbles,
        handed: &mut Vec<LotIx>,
    ) {
        let (buy, sell) = (self.orders.get(pair.buy), self.orders.get(pair.sell));
        let (buyer, seller, market): (CatIx, CatIx, _) = (buy.cat, sell.cat, buy.market);
        self.move_lots(
            Asset::Lots(market),
            Account::Held(seller),
            Account::Available(buyer),
            quantity,
            ChangeReason::Trade,
        );
        let mut shares = fee_shares(buyer_fee, quantity);
        for _ in 0..quantity {
            let stock = &mut self.cats.get_mut(seller).stock[market.index()];
            let oldest = stock
                .pop_oldest()
                .expect("a cat has every lot that its asks hold");
            self.cats.get_mut(buyer).stock[market.index()].add(oldest.0, oldest.1);
            let lot = self.lots.get_mut(oldest.1);
            lot.owner = buyer;
            lot.paid = Some(price);
            lot.paid_fee = shares.next().unwrap_or_default();
            handed.push(oldest.1);
        }
    }

    /// Moves lots between accounts, of which the first is known to have them.
    pub(super) fn move_lots(
        &mut self,
        asset: Asset,
        from: Account,
        to: Account,
        lots: u32,
        why: ChangeReason,
    ) {
        let posted = self.ledger.post(asset, from, to, i64::from(lots), why);
        posted.expect("lots are counted by 32 bits, and an account gives only what it has");
    }
}

/// A fee in whole kibbles, spread over lots: the first ones bear what does not divide.
fn fee_shares(fee: Kibbles, lots: u32) -> impl Iterator<Item = Kibbles> {
    let lots = i64::from(lots.max(1));
    let (each, rest) = (fee.0 / lots, fee.0 % lots);
    (0..lots).map(move |place| Kibbles(each + i64::from(place < rest)))
}
