//! Candles and statistics: what a market did in spans of time.

use super::{markets::named, outage};
use crate::{
    domain::{Kibbles, Market, Moment},
    engine::EngineHandle,
    market_data::{
        Statistics,
        candle::{self, Candle, Resolution, start_of},
    },
    storage::Storage,
};
use actix_web::web::{Data, Json, Path, Query};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::{clock::Clock, http::Problem};
use shared_events::timestamp;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_CANDLES: i64 = 100;
const MAX_CANDLES: i64 = 1_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// Which candles are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CandlesQuery {
    /// How long one candle is.
    #[param(inline, example = "5m")]
    resolution: Resolution,
    /// From when on; a hundred candles before `to` by default.
    #[param(example = "2026-11-24T08:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Until when; now by default. A thousand candles fit between the two.
    #[param(example = "2026-11-24T12:00:00Z")]
    to: Option<DateTime<Utc>>,
}

/// Candles, oldest first. A span without a trade has none.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CandlesBody {
    /// Whose.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// How long each is.
    resolution: Resolution,
    /// The candles.
    candles: Vec<CandleBody>,
}

/// What a market did in a span of time.
#[derive(Debug, Serialize, ToSchema)]
struct CandleBody {
    /// When the span begins.
    #[serde(with = "timestamp")]
    start: DateTime<Utc>,
    /// The first price.
    #[schema(example = 12)]
    open: Kibbles,
    /// The highest price.
    #[schema(example = 15)]
    high: Kibbles,
    /// The lowest price.
    #[schema(example = 11)]
    low: Kibbles,
    /// The last price.
    #[schema(example = 14)]
    close: Kibbles,
    /// Lots traded.
    #[schema(example = 40)]
    lots: i64,
    /// Kibbles paid for them.
    #[schema(example = 520)]
    turnover: i64,
    /// How many trades.
    #[schema(example = 31)]
    trades: i64,
}

/// A market's last 24 hours, to the minute.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatisticsBody {
    /// Whose.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// From when on.
    #[serde(with = "timestamp")]
    from: DateTime<Utc>,
    /// Until when.
    #[serde(with = "timestamp")]
    to: DateTime<Utc>,
    /// The first price; nothing if nothing was traded.
    #[schema(example = 12)]
    open: Option<Kibbles>,
    /// The highest price.
    #[schema(example = 15)]
    high: Option<Kibbles>,
    /// The lowest price.
    #[schema(example = 11)]
    low: Option<Kibbles>,
    /// The last price.
    #[schema(example = 14)]
    close: Option<Kibbles>,
    /// By how much the last price is above the first.
    #[schema(example = 2)]
    change: Option<i64>,
    /// Lots traded.
    #[schema(example = 40)]
    lots: i64,
    /// Kibbles paid for them.
    #[schema(example = 520)]
    turnover: i64,
    /// How many trades.
    #[schema(example = 31)]
    trades: i64,
    /// The price of the last trade there ever was.
    #[schema(example = 14)]
    last_price: Option<Kibbles>,
    /// Lots that are wanted at the ten best prices.
    #[schema(example = 120)]
    bid_lots: u64,
    /// Lots that are offered at the ten best prices.
    #[schema(example = 80)]
    ask_lots: u64,
}

/// A market's candles, from a minute to a day.
#[utoipa::path(
    get, path = "/v1/markets/{market}/candles", tag = "market",
    params(("market" = String, Path, example = "mouse-prime"), CandlesQuery),
    responses(
        (status = 200, body = CandlesBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem),
    )
)]
pub(super) async fn list(
    storage: Data<dyn Storage>,
    clock: Data<dyn Clock>,
    market: Path<String>,
    query: Query<CandlesQuery>,
) -> Result<Json<CandlesBody>, Problem> {
    let market = named(&market)?;
    let span = span(&query, clock.now().into())?;
    let fine = storage
        .candles(market, query.resolution.base(), span)
        .await
        .map_err(outage::storage)?;
    let candles = candle::roll_up(&fine, query.resolution);
    Ok(Json(CandlesBody {
        market: market.name(),
        resolution: query.resolution,
        candles: candles.iter().map(body).collect(),
    }))
}

/// What a market did in the last 24 hours.
#[utoipa::path(
    get, path = "/v1/markets/{market}/statistics", tag = "market",
    params(("market" = String, Path, example = "mouse-prime")),
    responses(
        (status = 200, body = StatisticsBody),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`", body = Problem),
    )
)]
pub(super) async fn statistics(
    storage: Data<dyn Storage>,
    clock: Data<dyn Clock>,
    engine: Data<EngineHandle>,
    market: Path<String>,
) -> Result<Json<StatisticsBody>, Problem> {
    let market = named(&market)?;
    let to = Moment::from(clock.now());
    let from = to.plus_millis(-DAY_MS);
    let span = (from, to.plus_millis(1));
    let candles = storage
        .candles(market, candle::Base::Minute, span)
        .await
        .map_err(outage::storage)?;
    let now = engine.look(move |exchange, _| {
        (
            exchange.last_price(market),
            wanted_and_offered(exchange, market),
        )
    });
    let (last_price, [bid_lots, ask_lots]) = now.await.map_err(outage::stopped)?;
    let Statistics {
        open,
        high,
        low,
        close,
        lots,
        turnover,
        trades,
    } = Statistics::of(&candles);
    Ok(Json(StatisticsBody {
        market: market.name(),
        from: from.to_utc(),
        to: to.to_utc(),
        open,
        high,
        low,
        close,
        change: close.zip(open).map(|(close, open)| close.0 - open.0),
        lots,
        turnover,
        trades,
        last_price,
        bid_lots,
        ask_lots,
    }))
}

fn wanted_and_offered(exchange: &crate::domain::Exchange, market: Market) -> [u64; 2] {
    use crate::domain::Side;
    const LEVELS: usize = 10;
    [Side::Buy, Side::Sell].map(|side| {
        let levels = exchange.depth(market, side, LEVELS);
        levels.iter().map(|level| level.lots).sum()
    })
}

/// Whole candles: from the start of the one that holds `from` to `to`.
fn span(query: &CandlesQuery, now: Moment) -> Result<(Moment, Moment), Problem> {
    let millis = query.resolution.millis();
    let to = query.to.map_or_else(|| now.plus_millis(1), Moment::from);
    let default_from = || to.plus_millis(-millis * (DEFAULT_CANDLES - 1));
    let from = start_of(query.from.map_or_else(default_from, Moment::from), millis);
    if from > to {
        let detail = "from must not lie after to";
        return Err(Problem::bad_request("invalid-query", detail));
    }
    if to.millis_since(from) > millis * MAX_CANDLES {
        let detail = format!("from and to are more than {MAX_CANDLES} candles apart");
        return Err(Problem::bad_request("invalid-query", detail));
    }
    Ok((from, to))
}

fn body(candle: &Candle) -> CandleBody {
    CandleBody {
        start: candle.start.to_utc(),
        open: candle.open,
        high: candle.high,
        low: candle.low,
        close: candle.close,
        lots: candle.lots,
        turnover: candle.turnover,
        trades: candle.trades,
    }
}
