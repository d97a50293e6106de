//! What was traded, without saying between whom.

use super::{markets::named, outage, paging::Paging};
use crate::{
    domain::{Kibbles, Side},
    storage::{Storage, TradeRecord},
};
use actix_web::web::{Data, Json, Path, Query};
use chrono::{DateTime, Utc};
use serde::Serialize;
use service_chassis::http::Problem;
use shared_events::timestamp;
use utoipa::ToSchema;

/// A trade.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TradeBody {
    /// Its id; a larger number came later.
    #[schema(example = "4711")]
    trade: String,
    /// Where.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// Kibbles per lot.
    #[schema(example = 12)]
    price: Kibbles,
    /// Lots.
    #[schema(example = 2)]
    quantity: u32,
    /// Which side came second.
    taker: Side,
    /// When.
    #[serde(with = "timestamp")]
    executed_at: DateTime<Utc>,
}

/// A page of trades, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TradesBody {
    /// The trades.
    trades: Vec<TradeBody>,
    /// Where the next page begins; nothing on the last page.
    #[schema(example = 4611)]
    next_cursor: Option<u64>,
}

/// A market's trades, newest first.
#[utoipa::path(
    get, path = "/v1/markets/{market}/trades", tag = "market",
    params(("market" = String, Path, example = "mouse-prime"), Paging),
    responses(
        (status = 200, body = TradesBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
    )
)]
pub(super) async fn list(
    storage: Data<dyn Storage>,
    market: Path<String>,
    paging: Query<Paging>,
) -> Result<Json<TradesBody>, Problem> {
    let (market, limit) = (named(&market)?, paging.limit()?);
    let records = storage
        .trades(market, paging.before(), limit)
        .await
        .map_err(outage::storage)?;
    let full = records.len() == limit;
    let next_cursor = records.last().filter(|_| full).map(|record| record.number);
    Ok(Json(TradesBody {
        trades: records.iter().map(body).collect(),
        next_cursor,
    }))
}

fn body(record: &TradeRecord) -> TradeBody {
    TradeBody {
        trade: record.number.to_string(),
        market: record.market.name(),
        price: record.price,
        quantity: record.quantity,
        taker: record.taker,
        executed_at: record.executed_at.to_utc(),
    }
}
