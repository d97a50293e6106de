//! The book at its coarsest and its finest: the best prices alone, and every resting order.

use super::{
    markets::{LevelBody, levels, named},
    outage,
    paging::in_range,
};
use crate::{
    domain::{Exchange, Kibbles, Market, Side, order::Order},
    engine::EngineHandle,
    market_data::{TOP_LEVELS, checksum},
};
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_ORDERS: usize = 100;
const MAX_ORDERS: usize = 1_000;

/// The best bid and ask (level 1).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopBody {
    /// Whose.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// The journal position up to which it is right; the feed counts with the same numbers.
    #[schema(example = 1024)]
    seq: u64,
    /// The best bid.
    bid: Option<LevelBody>,
    /// The best ask.
    ask: Option<LevelBody>,
    /// The price of the last trade.
    #[schema(example = 12)]
    last_price: Option<Kibbles>,
}

/// The resting orders (level 3), without saying whose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RestingBody {
    /// Whose book.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// The journal position up to which it is right; the feed counts with the same numbers.
    #[schema(example = 1024)]
    seq: u64,
    /// Over the ten best levels, as the feed's.
    #[schema(example = 2_744_309_101_u32)]
    checksum: u32,
    /// What is wanted: best price first, and at one price who came first.
    bids: Vec<RestingOrderBody>,
    /// What is offered: the same.
    asks: Vec<RestingOrderBody>,
}

/// One resting order.
#[derive(Debug, Serialize, ToSchema)]
struct RestingOrderBody {
    /// Its number.
    #[schema(example = 4711)]
    order: u64,
    /// Kibbles per lot.
    #[schema(example = 12)]
    price: Kibbles,
    /// The lots that it shows.
    #[schema(example = 3)]
    lots: u32,
}

/// How many orders are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RestingQuery {
    /// Orders per side, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000, example = 100)]
    limit: Option<usize>,
}

/// A market's best bid and ask.
#[utoipa::path(
    get, path = "/v1/markets/{market}/top", tag = "market",
    params(("market" = String, Path, example = "mouse-prime")),
    responses(
        (status = 200, body = TopBody),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`", body = Problem),
    )
)]
pub(super) async fn top(
    engine: Data<EngineHandle>,
    market: Path<String>,
) -> Result<Json<TopBody>, Problem> {
    let market = named(&market)?;
    let body = engine.look(move |exchange, seq| TopBody {
        market: market.name(),
        seq,
        bid: levels(exchange, market, Side::Buy, 1).pop(),
        ask: levels(exchange, market, Side::Sell, 1).pop(),
        last_price: exchange.last_price(market),
    });
    body.await.map(Json).map_err(outage::stopped)
}

/// A market's resting orders.
#[utoipa::path(
    get, path = "/v1/markets/{market}/orders", tag = "market",
    params(("market" = String, Path, example = "mouse-prime"), RestingQuery),
    responses(
        (status = 200, body = RestingBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`", body = Problem),
    )
)]
pub(super) async fn orders(
    engine: Data<EngineHandle>,
    market: Path<String>,
    query: Query<RestingQuery>,
) -> Result<Json<RestingBody>, Problem> {
    let market = named(&market)?;
    let limit = in_range("limit", query.limit.unwrap_or(DEFAULT_ORDERS), MAX_ORDERS)?;
    let body = engine.look(move |exchange, seq| RestingBody {
        market: market.name(),
        seq,
        checksum: checksum(
            &exchange.depth(market, Side::Buy, TOP_LEVELS),
            &exchange.depth(market, Side::Sell, TOP_LEVELS),
        ),
        bids: resting(exchange, market, Side::Buy, limit),
        asks: resting(exchange, market, Side::Sell, limit),
    });
    body.await.map(Json).map_err(outage::stopped)
}

fn resting(exchange: &Exchange, market: Market, side: Side, limit: usize) -> Vec<RestingOrderBody> {
    let body = |order: &Order| RestingOrderBody {
        order: order.number.0,
        price: order.price,
        lots: order.shown,
    };
    let orders = exchange.resting(market, side, limit).into_iter();
    orders.map(body).collect()
}
