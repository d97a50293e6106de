//! One's own orders.

use super::{
    idempotency::IdempotencyKey,
    order_body::{NewOrderBody, OrderBody, body_of},
    outage,
    paging::Paging,
    refusal,
    trader::Trader,
};
use crate::{
    domain::{
        Command, Exchange, Kibbles, Market, Outcome, Side,
        command::{Amendment, CancelOrders, Request},
    },
    engine::{EngineHandle, Submission},
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
    web::{Data, Json, Path, Query},
};
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::id::OrderId;
use utoipa::{IntoParams, ToSchema};

/// A page of orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrdersBody {
    /// The orders: all open ones, and the last thousand of one's own that closed.
    orders: Vec<OrderBody>,
    /// Where the next page begins; nothing on the last page.
    #[schema(example = 4611)]
    next_cursor: Option<u64>,
}

/// A change of an order: what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": 2}))]
pub(super) struct AmendmentBody {
    /// How many lots it asks for in all, those traded already with them. Fewer, at the same price, keeps its place.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    quantity: Option<u64>,
    /// The limit per lot.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000)]
    price: Option<Kibbles>,
}

/// Which open orders to take back: those that fit all that is named.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CancelQuery {
    /// Only in this market.
    #[param(value_type = Option<String>, example = "mouse-prime")]
    market: Option<Market>,
    /// Only this way.
    #[param(inline, example = "buy")]
    side: Option<Side>,
    /// Only at this price or above.
    #[param(value_type = Option<i64>, example = 10)]
    lowest: Option<Kibbles>,
    /// Only at this price or below.
    #[param(value_type = Option<i64>, example = 20)]
    highest: Option<Kibbles>,
    /// The house's listings too.
    #[serde(default)]
    listings: bool,
}

/// How many orders were taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CancelledBody {
    /// So many; of more than a thousand the rest needs another request.
    #[schema(example = 12)]
    cancelled: u32,
}

/// Places an order. It is answered when it is durable, and may have traded by then. An `Idempotency-Key` stands in for a `client_order_id`.
#[utoipa::path(
    post, path = "/v1/orders", tag = "own", security(("access_token" = [])), request_body = NewOrderBody,
    params(("Idempotency-Key" = Option<String>, Header, example = "breakfast-1")),
    responses(
        (status = 201, description = "Placed", body = OrderBody),
        (status = 200, description = "Placed before under the same client order id", body = OrderBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-idempotency-key`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`account-closed`, `trading-stopped`", body = Problem),
        (status = 409, description = "`client-order-id-reused`, `order-id-taken`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-terms`, `unknown-market`, `invalid-quantity`, `invalid-price`, \
            `invalid-time-in-force`, `invalid-expiry`, `invalid-display-quantity`, `invalid-stop-price`, `invalid-post-only`, \
            `invalid-client-order-id`, `too-many-open-orders`, `order-too-large`, `exposure-too-large`, `price-outside-band`, \
            `insufficient-kibbles`, `insufficient-lots`, `would-take`, `cannot-fill`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`, `market-not-open`, `market-halted`, `auction-under-way`", body = Problem),
    )
)]
pub(super) async fn place(
    trader: Trader,
    key: IdempotencyKey,
    engine: Data<EngineHandle>,
    body: Json<NewOrderBody>,
) -> Result<HttpResponse, Problem> {
    let mut body = body.into_inner();
    body.client_order_id = body.client_order_id.or(key.0);
    let command = body.command(trader.cat())?;
    let seen = engine.submit_and_look(command, placed).await;
    let (status, order) = seen.map_err(outage::stopped)??;
    Ok(HttpResponse::build(status)
        .insert_header((LOCATION, format!("/v1/orders/{}", order.order)))
        .json(order))
}

/// What became of an order that was placed.
pub(super) fn placed(
    exchange: &Exchange,
    outcome: Outcome,
) -> Result<(StatusCode, OrderBody), Problem> {
    let (status, number) = match outcome {
        Outcome::OrderPlaced(number) => (StatusCode::CREATED, number),
        Outcome::OrderRepeated(number) => (StatusCode::OK, number),
        Outcome::OrderRejected(reason) => return Err(refusal::rejected(reason)),
        other => unreachable!("placing an order cannot end as {other:?}"),
    };
    let order = exchange.order(number).map(body_of).ok_or_else(forgotten)?;
    Ok((status, order))
}

/// One's own orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "own", security(("access_token" = [])), params(Paging),
    responses(
        (status = 200, body = OrdersBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn list(
    caller: Caller,
    engine: Data<EngineHandle>,
    paging: Query<Paging>,
) -> Result<Json<OrdersBody>, Problem> {
    let (before, limit, cat) = (paging.before(), paging.limit()?, caller.cat().clone());
    let page = engine.look(move |exchange, _| {
        let orders = exchange.orders_of(&cat, before, limit);
        let next_cursor = orders
            .last()
            .filter(|_| orders.len() == limit)
            .map(|order| order.number.0);
        OrdersBody {
            orders: orders.into_iter().map(body_of).collect(),
            next_cursor,
        }
    });
    page.await.map(Json).map_err(outage::stopped)
}

/// One of one's own orders.
#[utoipa::path(
    get, path = "/v1/orders/{order}", tag = "own", security(("access_token" = [])),
    params(("order" = String, Path, example = "0193a5a0-7d1c-7cc0-8f5e-0a2b3c4d5e6f")),
    responses(
        (status = 200, body = OrderBody),
        (status = 400, description = "`invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`unknown-order`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn get(
    caller: Caller,
    engine: Data<EngineHandle>,
    order: Path<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let (cat, id) = (caller.cat().clone(), order.into_inner());
    let wanted = id.clone();
    let found = engine
        .look(move |exchange, _| exchange.order_of(&cat, &wanted).map(body_of))
        .await;
    let found = found.map_err(outage::stopped)?;
    found.map(Json).ok_or_else(|| refusal::unknown_order(&id))
}

/// Changes one of one's own open orders. Fewer lots at the same price keep its place; anything else goes to the end of the queue, and may
/// trade at once.
#[utoipa::path(
    patch, path = "/v1/orders/{order}", tag = "own", security(("access_token" = [])), request_body = AmendmentBody,
    params(("order" = String, Path, example = "0193a5a0-7d1c-7cc0-8f5e-0a2b3c4d5e6f")),
    responses(
        (status = 200, description = "Changed", body = OrderBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`account-closed`, `trading-stopped`", body = Problem),
        (status = 404, description = "`unknown-order`", body = Problem),
        (status = 409, description = "`order-closed`, `listing-not-amendable`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-quantity`, `invalid-price`, `order-too-large`, `exposure-too-large`, \
            `price-outside-band`, `insufficient-kibbles`, `insufficient-lots`, `would-take`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`, `market-not-open`, `market-halted`, `auction-under-way`", body = Problem),
    )
)]
pub(super) async fn amend(
    trader: Trader,
    engine: Data<EngineHandle>,
    order: Path<OrderId>,
    body: Json<AmendmentBody>,
) -> Result<HttpResponse, Problem> {
    let (cat, id) = (trader.cat(), order.into_inner());
    let command = Command::AmendOrder(Amendment {
        cat: cat.clone(),
        order: id.clone(),
        quantity: body.quantity,
        price: body.price,
    });
    let looked = id.clone();
    let seen = engine.submit_and_look(command, move |exchange, outcome| match outcome {
        Outcome::AmendRefused(why) => Err(refusal::amend(why, &looked)),
        _ => exchange
            .order_of(&cat, &looked)
            .map(body_of)
            .ok_or_else(|| refusal::unknown_order(&looked)),
    });
    let order = seen.await.map_err(outage::stopped)??;
    Ok(HttpResponse::Ok().json(order))
}

/// Takes back what is left of one of one's own orders.
#[utoipa::path(
    delete, path = "/v1/orders/{order}", tag = "own", security(("access_token" = [])),
    params(("order" = String, Path, example = "0193a5a0-7d1c-7cc0-8f5e-0a2b3c4d5e6f")),
    responses(
        (status = 200, description = "Cancelled", body = OrderBody),
        (status = 204, description = "A listing was cancelled; it is not kept"),
        (status = 400, description = "`invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`unknown-order`", body = Problem),
        (status = 409, description = "`order-closed`: filled or cancelled already", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn cancel(
    trader: Trader,
    engine: Data<EngineHandle>,
    order: Path<OrderId>,
) -> Result<HttpResponse, Problem> {
    let (cat, id) = (trader.cat(), order.into_inner());
    let command = Command::CancelOrder {
        cat: cat.clone(),
        order: id.clone(),
    };
    let seen = engine.submit_and_look(command, move |exchange, outcome| match outcome {
        Outcome::CancelRefused(why) => Err(refusal::cancel(why, &id)),
        _ => Ok(exchange.order_of(&cat, &id).map(body_of)),
    });
    Ok(match seen.await.map_err(outage::stopped)?? {
        Some(order) => HttpResponse::Ok().json(order),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Takes back one's own open orders: all, or those of a market, a side, a range of prices.
#[utoipa::path(
    delete, path = "/v1/orders", tag = "own", security(("access_token" = [])),
    params(CancelQuery, ("Idempotency-Key" = Option<String>, Header, example = "all-off-1")),
    responses(
        (status = 200, description = "Cancelled", body = CancelledBody),
        (status = 400, description = "`invalid-query`, `invalid-idempotency-key`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn cancel_many(
    trader: Trader,
    key: IdempotencyKey,
    engine: Data<EngineHandle>,
    which: Query<CancelQuery>,
) -> Result<Json<CancelledBody>, Problem> {
    let which = which.into_inner();
    let which = CancelOrders {
        cat: trader.cat(),
        market: which.market,
        side: which.side,
        lowest: which.lowest,
        highest: which.highest,
        listings: which.listings,
        quotes: false,
    };
    // Under a key it is journaled even if there is nothing to take back, lest a retry take back what was placed since.
    let command = match key.command() {
        Some(id) => Command::Request {
            id,
            what: Request::CancelOrders(which),
        },
        None => Command::CancelOrders(which),
    };
    let submission = Submission {
        source: key.source(&trader.cat()),
        ..Submission::from(command)
    };
    let outcome = engine.submit(submission).await.map_err(outage::stopped)?;
    let cancelled = match outcome {
        Outcome::OrdersCancelled(number) => number,
        _ => 0,
    };
    Ok(Json(CancelledBody { cancelled }))
}

/// Between being placed and being looked at the order closed, and a thousand others after it.
fn forgotten() -> Problem {
    Problem::not_found(
        "unknown-order",
        "the order was placed and is closed and forgotten by now",
    )
}
