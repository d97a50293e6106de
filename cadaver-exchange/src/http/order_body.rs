//! Orders as clients write and read them.

use crate::{
    domain::{
        Command, Kibbles, Moment, NewOrder, Side,
        order::{Order, OrderState, Origin},
        terms::{OrderKind, SelfTrade, TimeInForce},
    },
    events::terms::{UnknownTerm, as_written, terms_of},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use shared_events::{
    events::cadaver_exchange::OrderTerms,
    id::{CatId, OrderId},
    timestamp,
};
use utoipa::ToSchema;

/// An order to be placed. Without further words it is a limit order that stays until it is filled or cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"market": "mouse-prime", "side": "buy", "quantity": 3, "price": 12, "client_order_id": "breakfast-1"}))]
pub(super) struct NewOrderBody {
    /// Where.
    market: String,
    /// Which way.
    side: Side,
    /// How many lots, 1 to 10000.
    #[schema(minimum = 1, maximum = 10000)]
    quantity: u64,
    /// The limit in kibbles per lot, 1 to 1000000000. A market order may go without.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000)]
    price: Kibbles,
    /// The cat's own name for the order: sending it again changes nothing.
    #[serde(default)]
    pub(super) client_order_id: Option<String>,
    /// `limit` (the default) or `market`.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// How long it stays: `gtc` (the default; `ioc` of a market order), `ioc`, `fok`, `gtd` or `day`.
    #[serde(default)]
    time_in_force: Option<String>,
    /// When a `gtd` order expires.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Refuse it rather than let it take from the book.
    #[serde(default)]
    post_only: bool,
    /// How many lots it shows at a time (an iceberg).
    #[serde(default)]
    display_quantity: Option<u64>,
    /// Let it wait unseen until a trade reaches this price (a stop).
    #[serde(default)]
    stop_price: Option<Kibbles>,
    /// Where it would trade with an order of the same cat: `cancel-newest` (the default), `cancel-oldest`, `cancel-both` or `decrement`.
    #[serde(default)]
    self_trade: Option<String>,
}

impl NewOrderBody {
    /// The command that places the order under a new id.
    pub(super) fn command(self, cat: CatId) -> Result<Command, Problem> {
        let is_market = self.kind.as_deref() == Some("market");
        let terms = terms_of(&OrderTerms {
            kind: self.kind.unwrap_or_else(|| "limit".to_owned()),
            time_in_force: self
                .time_in_force
                .unwrap_or_else(|| if is_market { "ioc" } else { "gtc" }.to_owned()),
            expires_at: self.expires_at,
            post_only: self.post_only,
            display_quantity: self.display_quantity,
            stop_price: self.stop_price,
            self_trade: self.self_trade,
        })
        .map_err(|unknown| invalid_terms(&unknown))?;
        Ok(Command::PlaceOrder(NewOrder {
            order: OrderId::new(uuid::Uuid::now_v7().to_string())
                .expect("a UUID keeps the rule of identifiers"),
            cat,
            market: as_written(self.market),
            side: self.side,
            quantity: self.quantity,
            price: self.price,
            client_order_id: self.client_order_id.map(as_written),
            terms,
        }))
    }
}

fn invalid_terms(unknown: &UnknownTerm) -> Problem {
    Problem::unprocessable("invalid-terms", unknown.to_string())
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderBody {
    /// Its id.
    #[schema(example = "0193a5a0-7d1c-7cc0-8f5e-0a2b3c4d5e6f")]
    pub(super) order: String,
    /// Its number, under which it stands in the public book of orders.
    #[schema(example = 4711)]
    number: u64,
    /// The cat's own name for it.
    #[schema(example = "breakfast-1")]
    client_order_id: Option<String>,
    /// Where.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// Which way.
    side: Side,
    /// `limit` or `market`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "limit")]
    kind: OrderKind,
    /// Kibbles per lot; 0 on a market order that nothing protects.
    #[schema(example = 12)]
    price: Kibbles,
    /// Lots asked for.
    #[schema(example = 3)]
    quantity: u32,
    /// Lots traded, or taken off by self-trade prevention.
    #[schema(example = 1)]
    filled: u32,
    /// Lots still asked for, or taken back.
    #[schema(example = 2)]
    remaining: u32,
    /// `gtc`, `ioc`, `fok`, `gtd` or `day`.
    #[schema(example = "gtc")]
    time_in_force: &'static str,
    /// When it is taken back.
    #[serde(with = "timestamp::optional")]
    expires_at: Option<DateTime<Utc>>,
    /// Whether it would rather be refused than take.
    post_only: bool,
    /// How many lots it shows at a time.
    #[schema(example = 2)]
    display_quantity: Option<u32>,
    /// The price that wakes it.
    #[schema(example = 15)]
    stop_price: Option<Kibbles>,
    /// Where it would trade with an order of the same cat.
    #[schema(value_type = String, example = "cancel-newest")]
    self_trade: SelfTrade,
    /// `open`, `waiting` (a stop), `filled` or `cancelled`.
    #[schema(value_type = String, example = "open")]
    state: OrderState,
    /// `cat`, or `listing` when the house offers a lot for its owner.
    #[schema(value_type = String, example = "cat")]
    origin: Origin,
    /// When it came in.
    #[serde(with = "timestamp")]
    placed_at: DateTime<Utc>,
    /// When it was filled or cancelled.
    #[serde(with = "timestamp::optional")]
    closed_at: Option<DateTime<Utc>>,
}

pub(super) fn body_of(order: &Order) -> OrderBody {
    let terms = &order.terms;
    OrderBody {
        order: order.public_id().into_string(),
        number: order.number.0,
        client_order_id: order.client_order_id.as_deref().map(str::to_owned),
        market: order.market.name(),
        side: order.side,
        kind: terms.kind,
        price: order.price,
        quantity: order.quantity,
        filled: order.quantity - order.remaining,
        remaining: order.remaining,
        time_in_force: match terms.time_in_force {
            TimeInForce::Gtc => "gtc",
            TimeInForce::Ioc => "ioc",
            TimeInForce::Fok => "fok",
            TimeInForce::Gtd { .. } => "gtd",
            TimeInForce::Day => "day",
        },
        expires_at: order
            .due_at
            .filter(|_| order.origin == Origin::Cat)
            .map(Moment::to_utc),
        post_only: terms.post_only,
        display_quantity: terms.display_quantity,
        stop_price: terms.stop_price,
        self_trade: terms.self_trade,
        state: order.state,
        origin: order.origin,
        placed_at: order.placed_at.to_utc(),
        closed_at: order.closed_at.map(Moment::to_utc),
    }
}
