//! What can be asked without changing anything.

use super::Exchange;
use crate::domain::{
    CatIx, Kibbles, LotIx, Market, Moment, OrderNumber, Rules, Side,
    book::Depth,
    caps::Caps,
    ledger::{Asset, Ledger},
    listing_policy::ListingPolicy,
    lots::Lot,
    order::{Order, listing_id},
    orders::Thread,
    session::Phase,
};
use shared_events::id::{CatId, LotId, OrderId};

/// A cat's kibbles and lots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountView {
    /// Kibbles that are free.
    pub available: Kibbles,
    /// Kibbles that stand behind bids.
    pub held: Kibbles,
    /// Lots by market, in the order of [`Market::ALL`]: free, and behind asks.
    pub lots: [(i64, i64); Market::COUNT],
}

impl Exchange {
    /// The name of a cat.
    #[must_use]
    pub fn cat_id(&self, cat: CatIx) -> &CatId {
        self.cats.id(cat)
    }

    /// The number of a cat, if the exchange has dealt with it.
    #[must_use]
    pub fn cat_number(&self, cat: &CatId) -> Option<CatIx> {
        self.cats.find(cat)
    }

    /// The name of a lot.
    #[must_use]
    pub fn lot_id(&self, lot: LotIx) -> &LotId {
        self.lots.id(lot)
    }

    /// The public id of an order: its own, or the one that a listing's number makes.
    #[must_use]
    pub fn order_id(&self, number: OrderNumber) -> OrderId {
        let own = self.order(number).and_then(|order| order.id.clone());
        own.unwrap_or_else(|| listing_id(number))
    }

    /// An order that is open, or that is a cat's own, has a name, and closed not long ago.
    #[must_use]
    pub fn order(&self, number: OrderNumber) -> Option<&Order> {
        if let Some(slot) = self.orders.find(number) {
            return Some(self.orders.get(slot));
        }
        let closed = &self.cats.get(self.orders.closed_by(number)?).closed;
        closed.iter().rev().find(|order| order.number == number)
    }

    /// An order of `cat` by its public id.
    #[must_use]
    pub fn order_of(&self, cat: &CatId, id: &OrderId) -> Option<&Order> {
        let cat = self.cats.find(cat)?;
        let order = self.order(self.orders.number_of(id)?)?;
        (order.cat == cat).then_some(order)
    }

    /// The orders of a cat with numbers below `before`, newest first, at most `limit`.
    #[must_use]
    pub fn orders_of(&self, cat: &CatId, before: u64, limit: usize) -> Vec<&Order> {
        let Some(cat) = self.cats.find(cat).map(|cat| self.cats.get(cat)) else {
            return Vec::new();
        };
        let open = cat
            .open
            .iter()
            .flatten()
            .flat_map(|list| self.orders.walk(*list, Thread::Owner));
        let closed = cat.closed.iter();
        let mut orders: Vec<&Order> = open
            .chain(closed)
            .filter(|order| order.number.0 < before)
            .collect();
        orders.sort_unstable_by_key(|order| std::cmp::Reverse(order.number));
        orders.truncate(limit);
        orders
    }

    /// A lot by its id.
    #[must_use]
    pub fn lot(&self, id: &LotId) -> Option<&Lot> {
        self.lots.find(id).map(|lot| self.lots.get(lot))
    }

    /// A lot by its number.
    #[must_use]
    pub fn lot_record(&self, lot: LotIx) -> &Lot {
        self.lots.get(lot)
    }

    /// How many lots there ever were.
    #[must_use]
    pub fn lot_count(&self) -> usize {
        self.lots.len()
    }

    /// The scientific name of a lot's species.
    #[must_use]
    pub fn species(&self, lot: &Lot) -> Option<&str> {
        lot.species
            .and_then(|number| self.lots.species().get_index(number as usize))
            .map(AsRef::as_ref)
    }

    /// Where a lot's data may live.
    #[must_use]
    pub fn jurisdiction(&self, lot: &Lot) -> &str {
        let name = self
            .lots
            .jurisdictions()
            .get_index(lot.jurisdiction as usize);
        name.expect("a lot's jurisdiction is numbered when the lot comes in")
    }

    /// What a cat has; `None` if the exchange never dealt with it.
    #[must_use]
    pub fn account(&self, cat: &CatId) -> Option<AccountView> {
        let cat = self.cats.find(cat)?;
        let lots = Market::ALL.map(Asset::Lots).map(|asset| {
            (
                self.ledger.available(cat, asset),
                self.ledger.held(cat, asset),
            )
        });
        Some(AccountView {
            available: Kibbles(self.ledger.available(cat, Asset::Kibbles)),
            held: Kibbles(self.ledger.held(cat, Asset::Kibbles)),
            lots,
        })
    }

    /// The best `limit` levels of a side of a market, best first.
    #[must_use]
    pub fn depth(&self, market: Market, side: Side, limit: usize) -> Vec<Depth> {
        self.floor(market).book.depth(side, limit)
    }

    /// What a price level of a market shows; nothing if no order rests there.
    #[must_use]
    pub fn level(&self, market: Market, side: Side, price: Kibbles) -> Option<Depth> {
        self.floor(market).book.level(side, price)
    }

    /// The best `limit` resting orders of a side of a market, best price first, and at one price first come first.
    #[must_use]
    pub fn resting(&self, market: Market, side: Side, limit: usize) -> Vec<&Order> {
        let orders = self.floor(market).book.resting(&self.orders, side);
        orders.take(limit).collect()
    }

    /// The price of the last trade in a market.
    #[must_use]
    pub fn last_price(&self, market: Market) -> Option<Kibbles> {
        self.floor(market).last_price
    }

    /// What a market does.
    #[must_use]
    pub fn phase(&self, market: Market) -> Phase {
        self.floor(market).phase
    }

    /// When the auction of a market ends by itself, if one is on that does.
    #[must_use]
    pub fn auction_ends(&self, market: Market) -> Option<Moment> {
        self.floor(market).auction_ends
    }

    /// Whether the kill switch has stopped all trading.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The rules of the house.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How the house offers a cat's lots in a market.
    #[must_use]
    pub fn listing_policy(&self, cat: &CatId, market: Market) -> ListingPolicy {
        let cat = self.cats.find(cat).map(|cat| self.cats.get(cat));
        cat.map_or_else(ListingPolicy::default, |cat| cat.policy(market))
    }

    /// The bounds of a cat's account: its own where it has them, else the house's.
    #[must_use]
    pub fn caps_of(&self, cat: &CatId) -> Caps {
        self.cats
            .find(cat)
            .map_or(self.rules.caps, |cat| self.caps(cat))
    }

    /// The number of the last event told.
    #[must_use]
    pub const fn last_event(&self) -> u64 {
        self.last_event
    }

    /// The ledger, to read.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}
