//! Many orders in one request: they are carried out one after the other, with nothing between them, and become durable together.

use super::{
    order_body::{NewOrderBody, OrderBody},
    orders::placed,
    outage,
    trader::Trader,
};
use crate::engine::{EngineHandle, Submission};
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use utoipa::ToSchema;

/// Orders to be placed, in this order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchBody {
    /// The orders, at least one.
    orders: Vec<NewOrderBody>,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchResultBody {
    /// In the order of the request.
    results: Vec<ResultBody>,
}

/// An order, or why it was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResultBody {
    /// The status that the order alone would have been answered with.
    #[schema(example = 201)]
    status: u16,
    /// The order, if it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderBody>,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Places several orders. Each is taken or refused by itself; a `client_order_id` makes a retry of each harmless.
#[utoipa::path(
    post, path = "/v1/orders/batch", tag = "own", security(("access_token" = [])), request_body = BatchBody,
    responses(
        (status = 200, description = "What became of each", body = BatchResultBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-terms`, `invalid-batch`: none, or more than a batch may have", body = Problem),
        (status = 429, description = "`too-many-requests`: every order counts", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn place(
    trader: Trader,
    engine: Data<EngineHandle>,
    body: Json<BatchBody>,
) -> Result<Json<BatchResultBody>, Problem> {
    let (orders, most) = (body.into_inner().orders, trader.batch_orders());
    if !(1..=most).contains(&orders.len()) {
        let detail = format!(
            "a batch has 1 to {most} orders, this one has {}",
            orders.len()
        );
        return Err(Problem::unprocessable("invalid-batch", detail));
    }
    trader.count_more(orders.len() - 1)?;
    let commands = orders
        .into_iter()
        .map(|order| order.command(trader.cat()).map(Submission::from));
    let commands = commands.collect::<Result<Vec<_>, _>>()?;
    let seen = engine.submit_all_and_look(commands, |exchange, outcomes| {
        let results = outcomes.into_iter();
        results
            .map(|outcome| placed(exchange, outcome).into())
            .collect()
    });
    let results = seen.await.map_err(outage::stopped)?;
    Ok(Json(BatchResultBody { results }))
}

impl From<Result<(actix_web::http::StatusCode, OrderBody), Problem>> for ResultBody {
    fn from(placed: Result<(actix_web::http::StatusCode, OrderBody), Problem>) -> Self {
        match placed {
            Ok((status, order)) => Self {
                status: status.as_u16(),
                order: Some(order),
                problem: None,
            },
            Err(problem) => Self {
                status: problem.status,
                order: None,
                problem: Some(problem),
            },
        }
    }
}
