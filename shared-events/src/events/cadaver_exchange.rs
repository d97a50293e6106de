//! What cadaver-exchange tells the world. Its `ce-sequence` counts all its events, in journal order.

use super::{Grade, Kibbles, MarketState, RodentKind, Side};
use crate::id::{CatId, CommandId, LotId, MarketId, OrderId, TradeId};
use crate::timestamp;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A lot came into being, once for each capture. It may be born spoiled, or owned but not offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LotListed {
    /// The lot; the capture has the same id.
    pub lot: LotId,
    /// Where its data may live.
    pub jurisdiction: String,
    /// Who owns it: the hunter.
    pub owner: CatId,
    /// Mouse or rat.
    pub kind: RodentKind,
    /// Its grade when it was listed.
    pub grade: Grade,
    /// The market of its kind and grade; none for a spoiled lot.
    pub market: Option<MarketId>,
    /// Scientific name, when known.
    pub species: Option<String>,
    /// Mass in grams, when known.
    pub mass_grams: Option<f64>,
    /// The price that its owner's policy asks, if it is offered.
    pub ask: Option<Kibbles>,
    /// The ask's order, if it is offered.
    pub order: Option<OrderId>,
    /// When the rodent was caught.
    #[serde(with = "timestamp")]
    pub caught_at: DateTime<Utc>,
    /// When it was listed.
    #[serde(with = "timestamp")]
    pub listed_at: DateTime<Utc>,
}

/// A lot became less fresh and moved to another market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LotRegraded {
    /// The lot.
    pub lot: LotId,
    /// Who owns it.
    pub owner: CatId,
    /// What it was.
    pub from: Grade,
    /// What it is.
    pub to: Grade,
    /// Its market now.
    pub market: MarketId,
    /// The price asked for it now, if it is offered.
    pub ask: Option<Kibbles>,
    /// The ask's order, if it is offered.
    pub order: Option<OrderId>,
    /// When.
    #[serde(with = "timestamp")]
    pub regraded_at: DateTime<Utc>,
}

/// A lot is no longer fit for any market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LotSpoiled {
    /// The lot.
    pub lot: LotId,
    /// Who owns it.
    pub owner: CatId,
    /// When.
    #[serde(with = "timestamp")]
    pub spoiled_at: DateTime<Utc>,
}

/// A lot left the exchange, because its capture was voided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LotWithdrawn {
    /// The lot.
    pub lot: LotId,
    /// Who owned it last.
    pub owner: CatId,
    /// Why, in words.
    pub reason: String,
    /// When.
    #[serde(with = "timestamp")]
    pub withdrawn_at: DateTime<Utc>,
}

/// An order of a cat was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderAccepted {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub cat: CatId,
    /// Where.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// How many lots.
    pub quantity: u64,
    /// The limit, for each lot.
    pub price: Kibbles,
    /// The cat's own name for it.
    pub client_order_id: Option<String>,
    /// How it is to be treated; nothing for a plain limit order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<OrderTerms>,
    /// When.
    #[serde(with = "timestamp")]
    pub accepted_at: DateTime<Utc>,
}

/// What an order asks for beyond a plain limit order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderTerms {
    /// `limit` or `market`.
    #[serde(default = "limit")]
    pub kind: String,
    /// `gtc`, `ioc`, `fok`, `gtd` or `day`.
    #[serde(default = "until_cancelled")]
    pub time_in_force: String,
    /// When a `gtd` order expires.
    #[serde(default, with = "timestamp::optional")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it would rather be refused than take from the book.
    #[serde(default)]
    pub post_only: bool,
    /// How many lots an iceberg shows.
    #[serde(default)]
    pub display_quantity: Option<u64>,
    /// The price that wakes a stop.
    #[serde(default)]
    pub stop_price: Option<Kibbles>,
    /// Where it would trade with an order of its own cat: `cancel-newest` (the default), `cancel-oldest`, `cancel-both` or `decrement`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_trade: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
const fn is_false(flag: &bool) -> bool {
    !*flag
}

fn limit() -> String {
    "limit".to_owned()
}

fn until_cancelled() -> String {
    "gtc".to_owned()
}

/// An open order became another: its cat changed it, self-trade prevention made it smaller, or the price of a listing fell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderAmended {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub cat: CatId,
    /// Where.
    pub market: MarketId,
    /// How many lots it asks for now, those traded already with them.
    pub quantity: u64,
    /// How many it still asks for.
    pub remaining: u64,
    /// Its limit now, for each lot.
    pub price: Kibbles,
    /// Whether it is a stop that no trade has reached.
    #[serde(default, skip_serializing_if = "is_false")]
    pub waiting: bool,
    /// When.
    #[serde(with = "timestamp")]
    pub amended_at: DateTime<Utc>,
}

/// A trade reached the price of a stop: from now on it is an order like others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderTriggered {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub cat: CatId,
    /// Where.
    pub market: MarketId,
    /// How many lots it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// When.
    #[serde(with = "timestamp")]
    pub triggered_at: DateTime<Utc>,
}

/// An order of a cat was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderRejected {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub cat: CatId,
    /// The market that was asked for, as it was written.
    pub market: String,
    /// The typed reason, for example `insufficient-kibbles`.
    pub code: String,
    /// The reason in words.
    pub detail: String,
    /// The cat's own name for it.
    pub client_order_id: Option<String>,
    /// When.
    #[serde(with = "timestamp")]
    pub rejected_at: DateTime<Utc>,
}

/// A command to change an order, or to take it back, that came over the bus was refused; the order stays as it is.
/// (A command to place one is answered by `order-rejected`.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandRefused {
    /// The command.
    pub command: CommandId,
    /// Who asked.
    pub cat: CatId,
    /// The order that it names. It is another's, or nobody's, when the code is `unknown-order`.
    pub order: OrderId,
    /// The typed reason, for example `order-closed`: the same as over HTTP.
    pub code: String,
    /// The reason in words.
    pub detail: String,
    /// When.
    #[serde(with = "timestamp")]
    pub refused_at: DateTime<Utc>,
}

/// What was left of an order was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderCancelled {
    /// The order.
    pub order: OrderId,
    /// Whose it was.
    pub cat: CatId,
    /// Where.
    pub market: MarketId,
    /// How many lots it still wanted or offered.
    pub remaining: u64,
    /// Why: `cat`, `spoiled`, `regraded`, `voided`, ...
    pub reason: String,
    /// When.
    #[serde(with = "timestamp")]
    pub cancelled_at: DateTime<Utc>,
}

/// Lots changed paws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TradeExecuted {
    /// The trade.
    pub trade: TradeId,
    /// Where.
    pub market: MarketId,
    /// For each lot.
    pub price: Kibbles,
    /// How many lots: the length of `lots`.
    pub quantity: u64,
    /// The lots handed over, oldest first.
    pub lots: Vec<LotId>,
    /// Who has them now.
    pub buyer: CatId,
    /// Who had them.
    pub seller: CatId,
    /// The buyer's order.
    pub buy_order: OrderId,
    /// How many lots it still wants.
    pub buy_order_remaining: u64,
    /// The seller's order.
    pub sell_order: OrderId,
    /// How many lots it still offers.
    pub sell_order_remaining: u64,
    /// Which side came second and so made the trade.
    pub taker: Side,
    /// What the buyer paid to the house on top.
    #[serde(default)]
    pub buyer_fee: Kibbles,
    /// What the seller paid to the house out of the price.
    #[serde(default)]
    pub seller_fee: Kibbles,
    /// When.
    #[serde(with = "timestamp")]
    pub executed_at: DateTime<Utc>,
}

/// A cat's kibbles changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountChanged {
    /// Whose.
    pub cat: CatId,
    /// All its kibbles, those on hold with them.
    pub balance: Kibbles,
    /// Those on hold for open bids.
    pub held: Kibbles,
    /// Why: `welcome-grant`, `trade`, `hold`, `release`, ...
    pub reason: String,
    /// When.
    #[serde(with = "timestamp")]
    pub changed_at: DateTime<Utc>,
}

/// A market opened, was halted, or closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MarketStateChanged {
    /// The market.
    pub market: MarketId,
    /// Mouse or rat.
    pub kind: RodentKind,
    /// The grade that it trades.
    pub grade: Grade,
    /// What it became.
    pub state: MarketState,
    /// The same more closely: `continuous`, `opening-auction`, `closing-auction`, `volatility-auction`, `uncrossing`, `halted` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// When.
    #[serde(with = "timestamp")]
    pub changed_at: DateTime<Utc>,
}
