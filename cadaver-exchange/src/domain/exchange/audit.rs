//! What must be true after every command.

use super::Exchange;
use crate::domain::{
    CatIx, Market, Side,
    cats::Sort,
    ledger::Asset,
    order::{Order, OrderState},
    orders::Thread,
    session::Phase,
};

impl Exchange {
    /// Whether every hold, stock and book agrees with the ledger: what must be true after every command.
    ///
    /// # Errors
    /// The first disagreement, in words.
    pub fn audit(&self) -> Result<(), String> {
        for asset in Asset::all() {
            let sum = self.ledger.sum(asset);
            if sum != 0 {
                return Err(format!("{} sums to {sum}", asset.name()));
            }
        }
        (0..self.cats.len()).try_for_each(|index| self.audit_cat(index))?;
        Market::ALL
            .into_iter()
            .try_for_each(|market| self.audit_book(market))
    }

    /// In continuous trading no bid crosses an ask; an order that rests shows some of what it still wants.
    fn audit_book(&self, market: Market) -> Result<(), String> {
        let floor = self.floor(market);
        for side in [Side::Buy, Side::Sell] {
            let mut last: Option<&Order> = None;
            for order in floor.book.resting(&self.orders, side) {
                if order.shown == 0
                    || order.shown > order.remaining
                    || order.state != OrderState::Open
                {
                    return Err(format!("{order:?} rests in {market}"));
                }
                let in_turn =
                    last.is_none_or(|last| last.price != order.price || last.rank < order.rank);
                if !in_turn {
                    return Err(format!("{order:?} stands before its turn in {market}"));
                }
                last = Some(order);
            }
        }
        let best = |side| floor.book.next(side).map(|(price, _)| price);
        match (floor.phase, best(Side::Buy), best(Side::Sell)) {
            (Phase::Continuous, Some(bid), Some(ask)) if bid >= ask => {
                Err(format!("{market} is crossed: {bid} bid, {ask} asked"))
            }
            _ => Ok(()),
        }
    }

    fn audit_cat(&self, index: usize) -> Result<(), String> {
        let number = u32::try_from(index).map_err(|_| "too many cats".to_owned())?;
        let (ix, mut behind_bids) = (CatIx::new(number), 0_i64);
        let cat = self.cats.get(ix);
        for market in Market::ALL {
            let [bids, asks, listings] =
                Sort::ALL.map(|sort| cat.open[market.index()][sort as usize]);
            behind_bids += self
                .orders
                .walk(bids, Thread::Owner)
                .map(|order| order.kibbles_behind(order.remaining).0)
                .sum::<i64>();
            let offered = [asks, listings]
                .into_iter()
                .flat_map(|list| self.orders.walk(list, Thread::Owner));
            let behind_asks: i64 = offered.map(|order| i64::from(order.remaining)).sum();
            let asset = Asset::Lots(market);
            let (free, held) = (
                self.ledger.available(ix, asset),
                self.ledger.held(ix, asset),
            );
            let stock = cat.stock[market.index()].len();
            if behind_asks != held || i64::try_from(stock) != Ok(free + held) {
                let who = self.cats.id(ix);
                return Err(format!(
                    "{who} in {market}: {free} free, {held} held, {behind_asks} asked, {stock} stocked"
                ));
            }
        }
        let held = self.ledger.held(ix, Asset::Kibbles);
        if behind_bids != held {
            return Err(format!(
                "{}: {held} kibbles held for bids worth {behind_bids}",
                self.cats.id(ix)
            ));
        }
        Ok(())
    }
}
