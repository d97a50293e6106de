//! The hash of the whole state.

use super::outage;
use crate::{domain::canonical::StateHash, engine::EngineHandle};
use actix_web::web::{Data, Json};
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

/// The state's hash.
#[utoipa::path(get, path = "/v1/state-hash", tag = "proof", responses((status = 200, body = StateHashBody)))]
pub(super) async fn get(engine: Data<EngineHandle>) -> Result<Json<StateHashBody>, Problem> {
    let seen = engine
        .look(|exchange, position| (exchange.to_canonical(), position))
        .await;
    let (canonical, position) = seen.map_err(outage::stopped)?;
    Ok(Json(StateHashBody {
        position,
        hash: StateHash::of(&canonical).to_string(),
    }))
}
