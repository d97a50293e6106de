//! What a cat asks of a service by way of cat-node, which vouches for who asks.

use super::{Kibbles, Side, cadaver_exchange::OrderTerms};
use crate::id::{CatId, CommandId, OrderId, TrapId};
use crate::timestamp;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Place an order. The order's id becomes the command's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlaceOrder {
    /// The command.
    pub command: CommandId,
    /// Who asks.
    pub cat: CatId,
    /// The market, as the cat wrote it.
    pub market: String,
    /// Buy or sell.
    pub side: Side,
    /// How many lots.
    pub quantity: u64,
    /// The limit, for each lot; zero on a market order that nothing protects.
    pub price: Kibbles,
    /// The cat's own name for it.
    pub client_order_id: Option<String>,
    /// What it asks for beyond a plain limit order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<OrderTerms>,
    /// When it was asked.
    #[serde(with = "timestamp")]
    pub requested_at: DateTime<Utc>,
}

/// Take back what is left of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CancelOrder {
    /// The command.
    pub command: CommandId,
    /// Who asks.
    pub cat: CatId,
    /// The order.
    pub order: OrderId,
    /// When it was asked.
    #[serde(with = "timestamp")]
    pub requested_at: DateTime<Utc>,
}

/// Change an open order: what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AmendOrder {
    /// The command.
    pub command: CommandId,
    /// Who asks.
    pub cat: CatId,
    /// The order.
    pub order: OrderId,
    /// How many lots it asks for in all, those traded already with them.
    #[serde(default)]
    pub quantity: Option<u64>,
    /// The limit, for each lot.
    #[serde(default)]
    pub price: Option<Kibbles>,
    /// When it was asked.
    #[serde(with = "timestamp")]
    pub requested_at: DateTime<Utc>,
}

/// Take back a cat's open orders: those that fit all that is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CancelOrders {
    /// The command.
    pub command: CommandId,
    /// Who asks.
    pub cat: CatId,
    /// Only in this market, as the cat wrote it.
    #[serde(default)]
    pub market: Option<String>,
    /// Only this way.
    #[serde(default)]
    pub side: Option<Side>,
    /// Only at this price or above.
    #[serde(default)]
    pub lowest: Option<Kibbles>,
    /// Only at this price or below.
    #[serde(default)]
    pub highest: Option<Kibbles>,
    /// The house's listings for the cat too.
    #[serde(default)]
    pub listings: bool,
    /// When it was asked.
    #[serde(with = "timestamp")]
    pub requested_at: DateTime<Utc>,
}

macro_rules! trap_commands {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct $name {
            /// The command.
            pub command: CommandId,
            /// Who asks.
            pub cat: CatId,
            /// The roles of who asks.
            pub roles: Vec<String>,
            /// The trap.
            pub trap: TrapId,
            /// When it was asked.
            #[serde(with = "timestamp")]
            pub requested_at: DateTime<Utc>,
            /// When it is no longer worth doing.
            #[serde(with = "timestamp")]
            pub expires_at: DateTime<Utc>,
        }
    )+};
}

trap_commands! {
    /// Set a trap.
    ArmTrap;
    /// Make a trap safe.
    DisarmTrap;
    /// Let a trap make itself heard and seen.
    LocateTrap;
}
