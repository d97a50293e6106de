//! What the operator decides; journaled as a command, so that a replay follows the rules of its day.

use super::{
    Kibbles, Market, caps::Caps, fees::Fees, freshness::Freshness, guard::PriceGuard,
    session::Schedule,
};
use serde::{Deserialize, Serialize};

/// The highest price of one lot.
pub const MAX_PRICE: Kibbles = Kibbles(1_000_000_000);
/// The largest order, in lots: what one command can make happen fits one journal entry.
pub const MAX_QUANTITY: u32 = 10_000;
/// How many orders of its own a cat may have open at a time.
pub const MAX_OPEN_ORDERS: usize = 500;
/// How many of its closed orders a cat can still look up (and repeat harmlessly by client order id). More than
/// one command can close at a time ([`MAX_OPEN_ORDERS`] and the one that does it).
pub const CLOSED_ORDERS_KEPT: usize = 1_000;
/// How many things (lots that move, orders that expire, trades of an auction) one `AdvanceTime` does at most; the rest follows in the next.
pub const MAX_STEPS_PER_ADVANCE: usize = 1_000;
/// How many orders one `CancelOrders` takes back at most.
pub const MAX_ORDERS_PER_CANCEL: usize = 1_000;
/// How many stops one command triggers at most; the rest follows with the next command.
pub const MAX_STOPS_PER_COMMAND: usize = 100;
/// The most that an administrator moves at a time.
pub const MAX_TRANSFER: Kibbles = Kibbles(1_000_000_000_000_000);
/// The most that the treasury issues in all, so that no purse ever leaves the range of 64 bits.
pub const MAX_ISSUED: Kibbles = Kibbles(i64::MAX / 4);
/// How far ahead an order may expire.
pub const MAX_EXPIRY_MS: i64 = 366 * 24 * 3_600_000;

/// The rules of the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Age to grade.
    pub freshness: Freshness,
    /// The price at which a new lot is offered, per market in the order of [`Market::ALL`]; `None` keeps it
    /// in its hunter's inventory.
    pub listing_prices: [Option<Kibbles>; Market::COUNT],
    /// What a new cat gets, once.
    pub welcome_grant: Kibbles,
    /// What the house takes of a trade.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fees: Fees,
    /// What one account may do at most, unless it has caps of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub caps: Caps,
    /// How far prices may move.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guard: PriceGuard,
    /// When markets open and close by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

impl Default for Rules {
    /// The ages of the design, no listing and no grant: what holds before the first rules are applied.
    fn default() -> Self {
        Self {
            freshness: Freshness::default(),
            listing_prices: [None; Market::COUNT],
            welcome_grant: Kibbles(0),
            fees: Fees::default(),
            caps: Caps::default(),
            guard: PriceGuard::default(),
            schedule: None,
        }
    }
}

impl Rules {
    /// The price at which the house offers a lot in `market`.
    #[must_use]
    pub fn listing_price(&self, market: Market) -> Option<Kibbles> {
        self.listing_prices[market.index()]
    }
}

/// The worth of `quantity` lots at `price`, or `None` when no integer holds it.
#[must_use]
pub fn worth(price: Kibbles, quantity: u32) -> Option<Kibbles> {
    price.0.checked_mul(i64::from(quantity)).map(Kibbles)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
