//! The markets and their books.

use super::{outage, paging::in_range};
use crate::{
    domain::{Exchange, Grade, Kibbles, Market, RodentKind, Side, book::Depth},
    engine::EngineHandle,
    events::outgoing::market_state,
    market_data::{TOP_LEVELS, checksum},
};
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use shared_events::events::MarketState;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_DEPTH: usize = 10;
const MAX_DEPTH: usize = 1_000;

/// A market at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarketBody {
    /// Its name.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// What is traded.
    kind: RodentKind,
    /// How fresh.
    grade: Grade,
    /// Whether it takes orders.
    state: MarketState,
    /// The best bid.
    best_bid: Option<LevelBody>,
    /// The best ask.
    best_ask: Option<LevelBody>,
    /// The price of the last trade.
    #[schema(example = 12)]
    last_price: Option<Kibbles>,
}

/// All markets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarketsBody {
    /// In a fixed order.
    markets: Vec<MarketBody>,
}

/// A price level.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LevelBody {
    /// Kibbles per lot.
    #[schema(example = 12)]
    price: Kibbles,
    /// Lots wanted or offered.
    #[schema(example = 40)]
    lots: u64,
    /// By how many orders.
    #[schema(example = 31)]
    orders: u64,
}

/// A book, best prices first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookBody {
    /// Whose book.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// The journal position up to which it is right.
    #[schema(example = 1024)]
    position: u64,
    /// The same number under the name that the feed gives it.
    #[schema(example = 1024)]
    seq: u64,
    /// Over the ten best levels, as the feed's.
    #[schema(example = 2_744_309_101_u32)]
    checksum: u32,
    /// What is wanted.
    bids: Vec<LevelBody>,
    /// What is offered.
    asks: Vec<LevelBody>,
}

/// How much of a book is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BookQuery {
    /// Levels per side, 1 to 1000; 10 by default.
    #[param(minimum = 1, maximum = 1000, example = 10)]
    depth: Option<usize>,
}

/// All markets at a glance.
#[utoipa::path(get, path = "/v1/markets", tag = "market", responses((status = 200, body = MarketsBody)))]
pub(super) async fn list(engine: Data<EngineHandle>) -> Result<Json<MarketsBody>, Problem> {
    let markets = engine
        .look(|exchange, _| Market::ALL.map(|market| at_a_glance(exchange, market)))
        .await;
    Ok(Json(MarketsBody {
        markets: markets.map_err(outage::stopped)?.into(),
    }))
}

/// One market at a glance.
#[utoipa::path(
    get, path = "/v1/markets/{market}", tag = "market",
    params(("market" = String, Path, example = "mouse-prime")),
    responses((status = 200, body = MarketBody), (status = 404, description = "`unknown-market`", body = Problem))
)]
pub(super) async fn get(
    engine: Data<EngineHandle>,
    market: Path<String>,
) -> Result<Json<MarketBody>, Problem> {
    let market = named(&market)?;
    let body = engine
        .look(move |exchange, _| at_a_glance(exchange, market))
        .await;
    body.map(Json).map_err(outage::stopped)
}

/// A market's book.
#[utoipa::path(
    get, path = "/v1/markets/{market}/book", tag = "market",
    params(("market" = String, Path, example = "mouse-prime"), BookQuery),
    responses(
        (status = 200, body = BookBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
    )
)]
pub(super) async fn book(
    engine: Data<EngineHandle>,
    market: Path<String>,
    query: Query<BookQuery>,
) -> Result<Json<BookBody>, Problem> {
    let market = named(&market)?;
    let depth = in_range("depth", query.depth.unwrap_or(DEFAULT_DEPTH), MAX_DEPTH)?;
    let body = engine.look(move |exchange, position| BookBody {
        market: market.name(),
        position,
        seq: position,
        checksum: checksum(
            &exchange.depth(market, Side::Buy, TOP_LEVELS),
            &exchange.depth(market, Side::Sell, TOP_LEVELS),
        ),
        bids: levels(exchange, market, Side::Buy, depth),
        asks: levels(exchange, market, Side::Sell, depth),
    });
    body.await.map(Json).map_err(outage::stopped)
}

/// The market of that name.
pub(super) fn named(name: &str) -> Result<Market, Problem> {
    name.parse()
        .map_err(|error: crate::domain::market::UnknownMarket| {
            Problem::not_found("unknown-market", error.to_string())
        })
}

fn at_a_glance(exchange: &Exchange, market: Market) -> MarketBody {
    MarketBody {
        market: market.name(),
        kind: market.kind(),
        grade: market.grade(),
        state: market_state(exchange.phase(market)),
        best_bid: levels(exchange, market, Side::Buy, 1).pop(),
        best_ask: levels(exchange, market, Side::Sell, 1).pop(),
        last_price: exchange.last_price(market),
    }
}

pub(super) fn levels(
    exchange: &Exchange,
    market: Market,
    side: Side,
    depth: usize,
) -> Vec<LevelBody> {
    let levels = exchange.depth(market, side, depth).into_iter();
    levels
        .map(
            |Depth {
                 price,
                 lots,
                 orders,
             }| LevelBody {
                price,
                lots,
                orders,
            },
        )
        .collect()
}
