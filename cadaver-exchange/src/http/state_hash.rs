//! The hash of the whole state, now or at any position of the journal.

use super::past::{At, Past};
use crate::domain::{Exchange, canonical::StateHash};
use actix_web::web::{Json, Query};
use serde::Serialize;
use service_chassis::http::Problem;
use utoipa::ToSchema;

/// The hash of the state at a position of the journal: the same on every machine that replays the journal up to there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StateHashBody {
    /// The journal position.
    #[schema(example = 1024)]
    position: u64,
    /// SHA-256 of the state's canonical form, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
}

/// The state's hash. The state is replayed for it beside the trading, so that asking holds nobody up.
#[utoipa::path(
    get, path = "/v1/state-hash", tag = "proof", params(At),
    responses(
        (status = 200, body = StateHashBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-position`: the journal has not come that far", body = Problem),
        (status = 422, description = "`position-too-far`: too much would have to be replayed", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `busy`", body = Problem),
    )
)]
pub(super) async fn get(past: Past, at: Query<At>) -> Result<Json<StateHashBody>, Problem> {
    let look = |exchange: &Exchange| StateHash::of(&exchange.to_canonical());
    let (position, hash) = past.look(&at, look).await?;
    Ok(Json(StateHashBody {
        position,
        hash: hash.to_string(),
    }))
}
