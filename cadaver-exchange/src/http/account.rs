//! One's own account.

use super::outage;
use crate::{
    domain::{Exchange, Kibbles, Market},
    engine::EngineHandle,
};
use actix_web::web::{Data, Json};
use serde::Serialize;
use service_chassis::http::{Caller, Problem};
use shared_events::id::CatId;
use utoipa::ToSchema;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountBody {
    /// Whose.
    #[schema(value_type = String, example = "Xk93hq0aZb")]
    cat: CatId,
    /// All its kibbles.
    #[schema(example = 1000)]
    kibbles: Kibbles,
    /// Those that stand behind open bids.
    #[schema(example = 36)]
    held: Kibbles,
    /// Those that are free.
    #[schema(example = 964)]
    available: Kibbles,
    /// Its lots, for every market.
    inventory: Vec<InventoryBody>,
}

/// Lots of one market.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InventoryBody {
    /// The market.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// All of them.
    #[schema(example = 7)]
    lots: i64,
    /// Those that stand behind open asks.
    #[schema(example = 5)]
    held: i64,
    /// Those that are free.
    #[schema(example = 2)]
    available: i64,
}

/// One's own kibbles and lots.
#[utoipa::path(
    get, path = "/v1/account", tag = "own", security(("access_token" = [])),
    responses(
        (status = 200, body = AccountBody),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn get(
    caller: Caller,
    engine: Data<EngineHandle>,
) -> Result<Json<AccountBody>, Problem> {
    let cat = caller.cat().clone();
    let seen = engine.look(move |exchange, _| body(exchange, cat));
    seen.await.map(Json).map_err(outage::stopped)
}

/// A cat that the exchange has not heard of has an empty account.
pub(super) fn body(exchange: &Exchange, cat: CatId) -> AccountBody {
    let view = exchange.account(&cat).unwrap_or_default();
    let inventory = Market::ALL
        .into_iter()
        .zip(view.lots)
        .map(|(market, (available, held))| InventoryBody {
            market: market.name(),
            lots: available + held,
            held,
            available,
        });
    AccountBody {
        cat,
        kibbles: Kibbles(view.available.0 + view.held.0),
        held: view.held,
        available: view.available,
        inventory: inventory.collect(),
    }
}
