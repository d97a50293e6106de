//! What can be asked of the exchange. The serialised form is what the journal keeps for ever: it is only ever added to.

use super::{
    Kibbles, Market, Moment, RodentKind, Rules, Side, caps::Caps, listing_policy::ListingPolicy,
    session::Auction, terms::Terms,
};
use serde::{Deserialize, Serialize};
use shared_events::id::{CatId, CommandId, LotId, OrderId};

/// One request; its moment travels beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Another writer of the journal begins: who holds the lease for this epoch. Nothing changes in the market.
    BeginEpoch {
        /// The epoch.
        epoch: u64,
    },
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
    /// Place an order.
    PlaceOrder(NewOrder),
    /// Change an open order. Only fewer lots at the same price keep its place in the queue.
    AmendOrder(Amendment),
    /// Take back what is left of an order.
    CancelOrder {
        /// The order's owner.
        cat: CatId,
        /// The order.
        order: OrderId,
    },
    /// Take back a cat's open orders, at most [`MAX_ORDERS_PER_CANCEL`](super::rules::MAX_ORDERS_PER_CANCEL) at a time.
    CancelOrders(CancelOrders),
    /// Do what a cat asked for from afar, once: that it was dealt with is journaled whatever comes of it, and a refusal is told.
    Request {
        /// What the request is called.
        id: CommandId,
        /// What is asked.
        what: Request,
    },
    /// Do what is due by now: sessions, expiries, falling prices, regrading and spoiling, a bounded number at a time.
    AdvanceTime,
    /// Open a market (or all): its call auction, if one is on, ends with its trades.
    OpenMarket {
        /// Nothing means all.
        market: Option<Market>,
    },
    /// Close a market (or all): its call auction, if one is on, ends with its trades. Orders stay.
    CloseMarket {
        /// Nothing means all.
        market: Option<Market>,
    },
    /// Collect orders in a market (or all), to be matched at one price at the end.
    CallAuction {
        /// Nothing means all.
        market: Option<Market>,
        /// What for, and so what follows it.
        auction: Auction,
        /// When it ends; nothing means by command.
        ends_at: Option<Moment>,
    },
    /// Take no orders in a market (or all) for now; what is open may be cancelled.
    Halt {
        /// Nothing means all.
        market: Option<Market>,
    },
    /// End the halt of a market (or all).
    Resume {
        /// Nothing means all.
        market: Option<Market>,
        /// A volatility auction until then comes first.
        auction_until: Option<Moment>,
    },
    /// The kill switch: take back all open orders of a cat (or of all) and refuse new ones.
    StopTrading {
        /// Nothing means all.
        cat: Option<CatId>,
    },
    /// Let a cat (or all) trade again.
    AllowTrading {
        /// Nothing means all; who was stopped alone stays so.
        cat: Option<CatId>,
    },
    /// Bound one account; what is not set follows the house's rules.
    SetCaps {
        /// Whose.
        cat: CatId,
        /// The bounds.
        caps: Caps,
    },
    /// Decide how the house offers a cat's lots. It holds for lots that come in, or move, from now on.
    SetListingPolicy {
        /// Whose.
        cat: CatId,
        /// Where; nothing means in every market.
        market: Option<Market>,
        /// How.
        policy: ListingPolicy,
    },
    /// Give kibbles to a cat, on the word of an administrator.
    Deposit(Transfer),
    /// Take kibbles that are free from a cat, on the word of an administrator.
    Withdraw(Transfer),
}

/// What a cat may ask from afar for orders that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// As [`Command::AmendOrder`].
    AmendOrder(Amendment),
    /// As [`Command::CancelOrder`].
    CancelOrder {
        /// The order's owner.
        cat: CatId,
        /// The order.
        order: OrderId,
    },
    /// As [`Command::CancelOrders`].
    CancelOrders(CancelOrders),
}

/// Kibbles that an administrator moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Whose account.
    pub cat: CatId,
    /// How many.
    pub amount: Kibbles,
    /// Who moved them and why, in words.
    pub reason: String,
}

/// A change of an open order: what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// The order's owner.
    pub cat: CatId,
    /// The order.
    pub order: OrderId,
    /// How many lots it asks for in all, those traded already with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// The limit per lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Kibbles>,
}

/// Which of a cat's open orders to take back: those that fit all that is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelOrders {
    /// The orders' owner.
    pub cat: CatId,
    /// Only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
    /// Only that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Only at this price or above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Kibbles>,
    /// Only at this price or below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<Kibbles>,
    /// The house's listings for the cat too.
    #[serde(default)]
    pub listings: bool,
    /// Only those of a market maker's quote.
    #[serde(default, skip_serializing_if = "is_false")]
    pub quotes: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl CancelOrders {
    /// All of a cat's own orders.
    #[must_use]
    pub const fn all_of(cat: CatId) -> Self {
        Self {
            cat,
            market: None,
            side: None,
            lowest: None,
            highest: None,
            listings: false,
            quotes: false,
        }
    }
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

/// An order as it was asked for: the engine checks it, so that a refusal is journaled and announced.
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
    /// The limit per lot; of a market order what protects it, and zero if nothing does.
    pub price: Kibbles,
    /// The cat's own name for the order: a repeat is answered with the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
    /// How it is to be treated.
    #[serde(default, skip_serializing_if = "Terms::is_plain")]
    pub terms: Terms,
}
