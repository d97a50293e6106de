//! What can be asked of the exchange. The serialised form is what the journal keeps for ever: it is only ever added to.

use super::{Kibbles, Moment, RodentKind, Rules, Side};
use serde::{Deserialize, Serialize};
use shared_events::id::{CatId, LotId, OrderId};

/// One request; its moment travels beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Follow these rules from now on; the first ones open the markets.
    ApplyRules(Rules),
    /// Give a new cat its welcome grant, once.
    WelcomeCat {
        /// The newcomer.
        cat: CatId,
    },
    /// Close a cat's account: orders, lots and kibbles.
    EraseCat {
        /// Who leaves.
        cat: CatId,
    },
    /// Take a cadaver in and offer it.
    ListLot(NewLot),
    /// The capture behind a lot never was one: withdraw the lot, or compensate whoever bought it.
    VoidCapture {
        /// The lot of the capture.
        lot: LotId,
        /// Why, in words.
        reason: String,
    },
    /// Place a limit order.
    PlaceOrder(NewOrder),
    /// Take back what is left of an order.
    CancelOrder {
        /// The order's owner.
        cat: CatId,
        /// The order.
        order: OrderId,
    },
    /// Regrade and spoil what is due by now.
    AdvanceTime,
}

/// A cadaver as it comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLot {
    /// The lot's id, which is the capture's.
    pub lot: LotId,
    /// Who caught it.
    pub hunter: CatId,
    /// What it was.
    pub kind: RodentKind,
    /// The scientific name, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub species: Option<String>,
    /// The mass, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_mg: Option<u32>,
    /// When the trap closed.
    pub caught_at: Moment,
    /// Where its data may live.
    pub jurisdiction: String,
}

/// A limit order as it was asked for: the engine checks it, so that a refusal is journaled and announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The order's name from now on.
    pub order: OrderId,
    /// Who orders.
    pub cat: CatId,
    /// Where, as it was written.
    pub market: String,
    /// Which way.
    pub side: Side,
    /// How many lots.
    pub quantity: u64,
    /// The limit per lot.
    pub price: Kibbles,
    /// The cat's own name for the order: a repeat is answered with the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
}
