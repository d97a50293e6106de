//! One's own orders.

use super::{outage, paging::Paging};
use crate::{
    domain::{
        Command, Kibbles, NewOrder, Outcome, Side, Terms,
        event::RejectReason,
        exchange::CancelRefusal,
        order::{Order, OrderState, Origin},
    },
    engine::EngineHandle,
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
    web::{Data, Json, Path, Query},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::{id::OrderId, timestamp};
use utoipa::ToSchema;

/// A limit order to be placed.
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
    /// The limit in kibbles per lot, 1 to 1000000000.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    price: Kibbles,
    /// The cat's own name for the order: sending it again changes nothing.
    #[serde(default)]
    client_order_id: Option<String>,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderBody {
    /// Its id.
    #[schema(example = "0193a5a0-7d1c-7cc0-8f5e-0a2b3c4d5e6f")]
    order: String,
    /// The cat's own name for it.
    #[schema(example = "breakfast-1")]
    client_order_id: Option<String>,
    /// Where.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// Which way.
    side: Side,
    /// Kibbles per lot.
    #[schema(example = 12)]
    price: Kibbles,
    /// Lots asked for.
    #[schema(example = 3)]
    quantity: u32,
    /// Lots traded.
    #[schema(example = 1)]
    filled: u32,
    /// Lots still asked for, or taken back.
    #[schema(example = 2)]
    remaining: u32,
    /// How far it has come.
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

/// A page of orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrdersBody {
    /// The orders: all open ones, and the last thousand of one's own that closed.
    orders: Vec<OrderBody>,
    /// Where the next page begins; nothing on the last page.
    #[schema(example = 4611)]
    next_cursor: Option<u64>,
}

/// Places a limit order. It is answered when it is durable, and may have traded by then.
#[utoipa::path(
    post, path = "/v1/orders", tag = "own", security(("access_token" = [])), request_body = NewOrderBody,
    responses(
        (status = 201, description = "Placed", body = OrderBody),
        (status = 200, description = "Placed before under the same client order id", body = OrderBody),
        (status = 400, description = "`malformed-json`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`account-closed`", body = Problem),
        (status = 409, description = "`client-order-id-reused`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 422, description = "`invalid-body`, `unknown-market`, `invalid-quantity`, `invalid-price`, `invalid-client-order-id`, \
            `insufficient-kibbles`, `insufficient-lots`, `too-many-open-orders`", body = Problem),
        (status = 503, description = "`unavailable`, `market-not-open`", body = Problem),
    )
)]
pub(super) async fn place(
    caller: Caller,
    engine: Data<EngineHandle>,
    body: Json<NewOrderBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let id = OrderId::new(uuid::Uuid::now_v7().to_string())
        .expect("a UUID keeps the rule of identifiers");
    let command = Command::PlaceOrder(NewOrder {
        order: id,
        cat: caller.cat().clone(),
        market: body.market,
        side: body.side,
        quantity: body.quantity,
        price: body.price,
        client_order_id: body.client_order_id,
        terms: Terms::default(),
    });
    let seen = engine.submit_and_look(command, |exchange, outcome| {
        let order = match outcome {
            Outcome::OrderPlaced(number) | Outcome::OrderRepeated(number) => exchange.order(number),
            _ => None,
        };
        (outcome, order.map(body_of))
    });
    let (outcome, placed) = seen.await.map_err(outage::stopped)?;
    let status = match outcome {
        Outcome::OrderPlaced(_) => StatusCode::CREATED,
        Outcome::OrderRepeated(_) => StatusCode::OK,
        Outcome::OrderRejected(reason) => return Err(rejected(reason)),
        other => unreachable!("placing an order cannot end as {other:?}"),
    };
    let placed = placed.ok_or_else(forgotten)?;
    Ok(HttpResponse::build(status)
        .insert_header((LOCATION, format!("/v1/orders/{}", placed.order)))
        .json(placed))
}

/// One's own orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "own", security(("access_token" = [])), params(Paging),
    responses(
        (status = 200, body = OrdersBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
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
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`unknown-order`", body = Problem),
    )
)]
pub(super) async fn get(
    caller: Caller,
    engine: Data<EngineHandle>,
    order: Path<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    find(&caller, &engine, order.into_inner()).await.map(Json)
}

/// Takes back what is left of one of one's own orders.
#[utoipa::path(
    delete, path = "/v1/orders/{order}", tag = "own", security(("access_token" = [])),
    params(("order" = String, Path, example = "0193a5a0-7d1c-7cc0-8f5e-0a2b3c4d5e6f")),
    responses(
        (status = 200, description = "Cancelled", body = OrderBody),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`unknown-order`", body = Problem),
        (status = 409, description = "`order-closed`: filled or cancelled already", body = Problem),
    )
)]
pub(super) async fn cancel(
    caller: Caller,
    engine: Data<EngineHandle>,
    order: Path<OrderId>,
) -> Result<HttpResponse, Problem> {
    let id = order.into_inner();
    let command = Command::CancelOrder {
        cat: caller.cat().clone(),
        order: id.clone(),
    };
    match engine.submit(command).await.map_err(outage::stopped)? {
        Outcome::CancelRefused(CancelRefusal::NotFound) => Err(unknown(&id)),
        Outcome::CancelRefused(refusal @ CancelRefusal::Closed) => {
            Err(Problem::conflict("order-closed", refusal.to_string()))
        }
        _ => match find(&caller, &engine, id).await {
            Ok(order) => Ok(HttpResponse::Ok().json(order)),
            // A cancelled listing is not kept.
            Err(problem) if problem.status == StatusCode::NOT_FOUND.as_u16() => {
                Ok(HttpResponse::NoContent().finish())
            }
            Err(problem) => Err(problem),
        },
    }
}

async fn find(caller: &Caller, engine: &EngineHandle, id: OrderId) -> Result<OrderBody, Problem> {
    let (cat, wanted) = (caller.cat().clone(), id.clone());
    let found = engine
        .look(move |exchange, _| exchange.order_of(&cat, &wanted).map(body_of))
        .await;
    found.map_err(outage::stopped)?.ok_or_else(|| unknown(&id))
}

fn unknown(id: &OrderId) -> Problem {
    Problem::not_found("unknown-order", format!("you have no order {id}"))
}

/// Between being placed and being looked at the order closed, and a thousand others after it.
fn forgotten() -> Problem {
    Problem::not_found(
        "unknown-order",
        "the order was placed and is closed and forgotten by now",
    )
}

fn rejected(reason: RejectReason) -> Problem {
    let status = match reason {
        RejectReason::AccountClosed | RejectReason::TradingStopped => StatusCode::FORBIDDEN,
        RejectReason::ClientOrderIdReused | RejectReason::OrderIdTaken => StatusCode::CONFLICT,
        RejectReason::MarketNotOpen
        | RejectReason::MarketHalted
        | RejectReason::AuctionUnderWay => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, reason.code(), reason.to_string())
}

fn body_of(order: &Order) -> OrderBody {
    OrderBody {
        order: order.public_id().into_string(),
        client_order_id: order.client_order_id.as_deref().map(str::to_owned),
        market: order.market.name(),
        side: order.side,
        price: order.price,
        quantity: order.quantity,
        filled: order.quantity - order.remaining,
        remaining: order.remaining,
        state: order.state,
        origin: order.origin,
        placed_at: order.placed_at.to_utc(),
        closed_at: order.closed_at.map(crate::domain::Moment::to_utc),
    }
}
