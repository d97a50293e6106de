//! What one account may do at most, whatever it owns.

use super::Kibbles;
use serde::{Deserialize, Serialize};

/// Bounds of one account; what is not set is not bounded further than for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// Own orders that are open at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_orders: Option<u32>,
    /// The worth of one order at its price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_worth: Option<Kibbles>,
    /// All kibbles that stand behind bids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_kibbles: Option<Kibbles>,
}
