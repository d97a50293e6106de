//! How an order wants to be treated, beyond which way, how many and at what price.

use super::{Kibbles, Moment};
use serde::{Deserialize, Serialize};

/// Whether an order names the worst price that it takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderKind {
    /// At its price or better.
    #[default]
    Limit,
    /// At whatever price there is, at once; a price above zero protects it like a limit.
    Market,
}

/// How long an order stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeInForce {
    /// Until it is filled or cancelled.
    #[default]
    Gtc,
    /// What cannot trade at once is taken back.
    Ioc,
    /// All of it at once, or it is refused.
    Fok,
    /// Until a moment.
    Gtd {
        /// The first moment at which it is gone.
        until: Moment,
    },
    /// Until the trading day ends.
    Day,
}

impl TimeInForce {
    /// Whether what does not trade at once may stay.
    #[must_use]
    pub const fn may_rest(self) -> bool {
        match self {
            Self::Gtc | Self::Gtd { .. } | Self::Day => true,
            Self::Ioc | Self::Fok => false,
        }
    }
}

/// What happens where an order would trade with one of the same cat. The order that comes in decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelfTrade {
    /// What is left of the order that comes in is taken back.
    #[default]
    CancelNewest,
    /// The order that rests is taken back, and the other goes on.
    CancelOldest,
    /// Both are taken back.
    CancelBoth,
    /// Both shrink by what they would have traded, without a trade.
    Decrement,
}

impl SelfTrade {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::CancelNewest,
        Self::CancelOldest,
        Self::CancelBoth,
        Self::Decrement,
    ];

    /// Its name on every wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CancelNewest => "cancel-newest",
            Self::CancelOldest => "cancel-oldest",
            Self::CancelBoth => "cancel-both",
            Self::Decrement => "decrement",
        }
    }
}

/// An order's terms; the default ones are those of a plain limit order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Limit or market.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: OrderKind,
    /// How long it stays.
    #[serde(default, skip_serializing_if = "is_default")]
    pub time_in_force: TimeInForce,
    /// Refuse it rather than let it take from the book.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post_only: bool,
    /// How many lots it shows at a time (an iceberg); nothing shows all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_quantity: Option<u32>,
    /// Let it wait unseen until a trade reaches this price (a stop).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_price: Option<Kibbles>,
    /// What to do where it would trade with its own cat.
    #[serde(default, skip_serializing_if = "is_default")]
    pub self_trade: SelfTrade,
}

impl Terms {
    /// Those of a plain limit order.
    pub const PLAIN: Self = Self {
        kind: OrderKind::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        display_quantity: None,
        stop_price: None,
        self_trade: SelfTrade::CancelNewest,
    };

    /// Whether they are those of a plain limit order.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        is_default(self)
    }

    /// Whether what does not trade at once may stay in the book.
    #[must_use]
    pub const fn may_rest(&self) -> bool {
        matches!(self.kind, OrderKind::Limit) && self.time_in_force.may_rest()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
