//! One order, open or closed.

use super::{CatIx, Kibbles, Market, Moment, Side};
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
    /// Everything was traded.
    Filled,
    /// What was left has been taken back.
    Cancelled,
}

/// An order with everything that its owner may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub number: OrderNumber,
    /// The name that whoever placed it gave it; listings have none.
    pub id: Option<OrderId>,
    /// Whose it is.
    pub cat: CatIx,
    /// Where it stands.
    pub market: Market,
    /// Which way.
    pub side: Side,
    /// Who thought of it.
    pub origin: Origin,
    /// The limit, per lot.
    pub price: Kibbles,
    /// What was asked for, in lots.
    pub quantity: u32,
    /// What is still asked for.
    pub remaining: u32,
    /// How far it has come.
    pub state: OrderState,
    /// When it came in.
    pub placed_at: Moment,
    /// When it was filled or cancelled.
    pub closed_at: Option<Moment>,
    /// The owner's own name for it.
    pub client_order_id: Option<Box<str>>,
}

impl Order {
    /// The id by which everyone knows it.
    #[must_use]
    pub fn public_id(&self) -> OrderId {
        self.id.clone().unwrap_or_else(|| listing_id(self.number))
    }
}
