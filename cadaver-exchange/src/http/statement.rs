//! Statements: what changed in an account, line by line.

use super::{outage, paging::Paging, trader::Courtier};
use crate::storage::{StatedLine, Storage};
use actix_web::web::{Data, Json, Path, Query};
use chrono::{DateTime, Utc};
use serde::Serialize;
use service_chassis::http::{Caller, Problem};
use shared_events::{id::CatId, timestamp};
use utoipa::ToSchema;

/// A line of a statement.
#[derive(Debug, Serialize, ToSchema)]
struct LineBody {
    /// Its number; a larger one came later.
    #[schema(example = 9001)]
    line: u64,
    /// The journal position of the command that made it.
    #[schema(example = 1024)]
    position: u64,
    /// When.
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    /// `kibbles`, or a market for its lots.
    #[schema(example = "kibbles")]
    asset: String,
    /// How much came in, or went out (below zero).
    #[schema(example = -24)]
    amount: i64,
    /// What there was of the asset afterwards, held or free.
    #[schema(example = 976)]
    balance: i64,
    /// Why: `trade`, `fee`, `arrival`, `regrading`, `spoiling`, `void`, `refund`, `welcome-grant`, `deposit`, `withdrawal`, `erasure`.
    #[schema(example = "trade")]
    reason: String,
}

/// A page of a statement, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatementBody {
    /// The lines.
    lines: Vec<LineBody>,
    /// Where the next page begins; nothing on the last page.
    #[schema(example = 8800)]
    next_cursor: Option<u64>,
}

/// One's own statement, newest first.
#[utoipa::path(
    get, path = "/v1/account/statement", tag = "own", security(("access_token" = [])), params(Paging),
    responses(
        (status = 200, body = StatementBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 503, description = "`unavailable`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn own(
    caller: Caller,
    storage: Data<dyn Storage>,
    paging: Query<Paging>,
) -> Result<Json<StatementBody>, Problem> {
    page(storage.as_ref(), caller.cat().clone(), &paging).await
}

/// Any cat's statement, newest first.
#[utoipa::path(
    get, path = "/v1/court/accounts/{cat}/statement", tag = "court", security(("access_token" = [])),
    params(("cat" = String, Path, example = "Xk93hq0aZb"), Paging),
    responses(
        (status = 200, body = StatementBody),
        (status = 400, description = "`invalid-query`, `invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn of_cat(
    _: Courtier,
    storage: Data<dyn Storage>,
    cat: Path<CatId>,
    paging: Query<Paging>,
) -> Result<Json<StatementBody>, Problem> {
    page(storage.as_ref(), cat.into_inner(), &paging).await
}

async fn page(
    storage: &dyn Storage,
    cat: CatId,
    paging: &Paging,
) -> Result<Json<StatementBody>, Problem> {
    let limit = paging.limit()?;
    let lines = storage.statement(cat, paging.before(), limit).await;
    let lines = lines.map_err(outage::storage)?;
    let full = lines.len() == limit;
    let next_cursor = lines
        .last()
        .filter(|_| full)
        .map(|stated| stated.line.number);
    Ok(Json(StatementBody {
        lines: lines.into_iter().map(body).collect(),
        next_cursor,
    }))
}

fn body(stated: StatedLine) -> LineBody {
    LineBody {
        line: stated.line.number,
        position: stated.position,
        at: stated.at.to_utc(),
        asset: stated.line.asset.into_owned(),
        amount: stated.line.amount,
        balance: stated.line.balance,
        reason: stated.line.why.into_owned(),
    }
}
