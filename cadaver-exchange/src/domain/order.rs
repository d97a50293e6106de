//! One order, open or closed.

use super::{
    CatIx, Kibbles, Market, Moment, Side,
    fees::{Fees, fee},
    rules::{MAX_PRICE, worth},
    terms::{OrderKind, Terms},
};
use serde::{Deserialize, Serialize};
use shared_events::id::OrderId;
use std::fmt;

/// Orders count from 1; a smaller number came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderNumber(pub u64);

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first part of the ids of orders that the house made; no cat's order may start so.
pub const LISTING_PREFIX: &str = "listing-";

/// The first part of the ids of the orders of a market maker's quote.
pub const QUOTE_PREFIX: &str = "quote-";

/// The id of a listing's order.
///
/// # Panics
/// Never: digits keep the rule of identifiers.
#[must_use]
pub fn listing_id(number: OrderNumber) -> OrderId {
    OrderId::new(format!("{LISTING_PREFIX}{number}"))
        .expect("letters, a hyphen and at most twenty digits")
}

/// Who thought of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A cat placed it.
    Cat,
    /// The house offered a fresh lot for its owner.
    Listing,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// In the book.
    Open,
    /// A stop that no trade has reached.
    Waiting,
    /// Everything was traded.
    Filled,
    /// What was left has been taken back.
    Cancelled,
}

impl OrderState {
    /// Whether it can still trade.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Waiting)
    }
}

/// What an order asked for when it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// In lots.
    pub quantity: u32,
    /// Per lot.
    pub price: Kibbles,
}

/// An order with everything that its owner may see. What matching reads comes first, so that it is on one cache line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(C)]
pub struct Order {
    /// The limit, per lot; zero on a market order that nothing protects.
    pub price: Kibbles,
    /// Its number.
    pub number: OrderNumber,
    /// Whose it is.
    pub cat: CatIx,
    /// What is still asked for.
    pub remaining: u32,
    /// What of that everyone can see.
    pub shown: u32,
    /// What is asked for, in lots.
    pub quantity: u32,
    /// The fees of the day on which it came in.
    pub fees: Fees,
    /// The queue that it is in.
    pub(crate) level: u32,
    /// Where it stands.
    pub market: Market,
    /// Which way.
    pub side: Side,
    /// Who thought of it.
    pub origin: Origin,
    /// How far it has come.
    pub state: OrderState,
    /// Whether it has a name, and so is kept for a while when it closes.
    pub(crate) is_named: bool,
    /// Its place in the queue of its price: a smaller one is served first.
    pub rank: u64,
    /// How it is treated.
    pub terms: Terms,
    /// When it came in.
    pub placed_at: Moment,
    /// When it was filled or cancelled.
    pub closed_at: Option<Moment>,
    /// What its cat asked for at first, so that a repeat is known whatever became of it.
    pub asked: Asked,
    /// When it expires, or when the price of a listing falls next.
    pub due_at: Option<Moment>,
    /// When the lot was caught that a listing with a falling price was made for.
    pub caught_at: Option<Moment>,
    /// The name that whoever placed it gave it; listings have none.
    pub id: Option<OrderId>,
    /// The owner's own name for it.
    pub client_order_id: Option<Box<str>>,
}

impl Order {
    /// What is in a place that no order has.
    pub(crate) const fn nobody() -> Self {
        Self {
            price: Kibbles(0),
            number: OrderNumber(0),
            cat: CatIx::new(0),
            remaining: 0,
            shown: 0,
            quantity: 0,
            fees: Fees {
                maker_bps: 0,
                taker_bps: 0,
            },
            level: 0,
            market: Market::ALL[0],
            side: Side::Buy,
            origin: Origin::Cat,
            state: OrderState::Cancelled,
            is_named: false,
            rank: 0,
            terms: Terms::PLAIN,
            placed_at: Moment::from_millis(0),
            closed_at: None,
            asked: Asked {
                quantity: 0,
                price: Kibbles(0),
            },
            due_at: None,
            caught_at: None,
            id: None,
            client_order_id: None,
        }
    }

    pub(crate) const fn is_nobody(&self) -> bool {
        self.number.0 == 0
    }

    /// The id by which everyone knows it.
    #[must_use]
    pub fn public_id(&self) -> OrderId {
        self.id.clone().unwrap_or_else(|| listing_id(self.number))
    }

    /// Whether nothing bounds its price: it pays as it goes.
    #[must_use]
    pub const fn is_unprotected(&self) -> bool {
        // The price first: it is on the cache line that matching reads anyway.
        self.price.0 == 0 && matches!(self.terms.kind, OrderKind::Market)
    }

    /// The worst price that it takes.
    #[must_use]
    pub const fn limit(&self) -> Kibbles {
        match self.side {
            Side::Buy if self.is_unprotected() => MAX_PRICE,
            Side::Buy | Side::Sell => self.price,
        }
    }

    /// The lots that it shows when it comes to the end of its queue.
    #[must_use]
    pub fn tranche(&self) -> u32 {
        let display = self.terms.display_quantity.unwrap_or(self.remaining);
        display.min(self.remaining)
    }

    /// What stands behind `lots` of a bid: its price, or the stop's where there is none yet, and the higher fee.
    ///
    /// # Panics
    /// Never: prices, quantities and fees were checked when the order came in.
    #[must_use]
    pub fn kibbles_behind(&self, lots: u32) -> Kibbles {
        let price = match (self.side, self.is_unprotected(), self.state) {
            (Side::Sell, _, _) => return Kibbles(0),
            (Side::Buy, false, _) => self.price,
            (Side::Buy, true, OrderState::Waiting) => self.terms.stop_price.unwrap_or_default(),
            (Side::Buy, true, _) => return Kibbles(0),
        };
        cover(price, lots, self.fees.highest()).expect("it was checked when the order came in")
    }
}

/// What a bid for `lots` at `price` sets aside, or `None` when no integer holds it.
#[must_use]
pub fn cover(price: Kibbles, lots: u32, bps: u16) -> Option<Kibbles> {
    let cost = worth(price, lots)?;
    cost.0.checked_add(fee(cost, bps)?.0).map(Kibbles)
}
