//! Search over lots.

use super::{markets::named, paging::in_range};
use crate::{
    domain::{Grade, Kibbles, RodentKind},
    search::{LotDocument, LotIndex, LotQuery, LotStatus, SearchError, words_of},
};
use actix_web::{
    http::StatusCode,
    web::{Data, Json, Query},
};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 200;
const MILLIGRAMS_PER_GRAM: f64 = 1_000.0;
/// The longest text that is searched for, in bytes.
const MAX_TEXT_BYTES: usize = 256;

/// Which lots are wanted: those that fit all that is named.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LotsQuery {
    /// `mouse` or `rat`.
    #[param(inline, example = "mouse")]
    kind: Option<RodentKind>,
    /// `prime`, `standard`, `salvage` or `spoiled`.
    #[param(inline, example = "prime")]
    grade: Option<Grade>,
    /// Where it may be traded now.
    #[param(example = "mouse-prime")]
    market: Option<String>,
    /// Where it is in its life.
    #[param(inline, example = "stocked")]
    status: Option<LotStatus>,
    /// Its scientific name, whole and as it is written.
    #[param(example = "Peromyscus eremicus")]
    species: Option<String>,
    /// Beginnings of words of its species and kind.
    #[param(example = "perom")]
    text: Option<String>,
    /// At least so heavy.
    #[param(example = 10.5)]
    min_mass_grams: Option<f64>,
    /// At most so heavy.
    #[param(example = 30.0)]
    max_mass_grams: Option<f64>,
    /// Last offered or sold for at least so much.
    #[param(value_type = Option<i64>, example = 5)]
    min_price: Option<Kibbles>,
    /// At most for so much.
    #[param(value_type = Option<i64>, example = 20)]
    max_price: Option<Kibbles>,
    /// `next_cursor` of the page before.
    #[param(example = 4711)]
    cursor: Option<u64>,
    /// How many lots, 1 to 200; 20 by default.
    #[param(minimum = 1, maximum = 200, example = 20)]
    limit: Option<usize>,
}

/// A page of lots, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LotsBody {
    /// The lots. The index follows the market within a second or so; `/v1/lots/{lot}` tells what is true now.
    lots: Vec<LotDocument>,
    /// Where the next page begins; nothing on the last page.
    #[schema(example = 4690)]
    next_cursor: Option<u64>,
}

/// Lots by kind, grade, market, mass, species, price and words.
#[utoipa::path(
    get, path = "/v1/lots", tag = "market", params(LotsQuery),
    responses(
        (status = 200, body = LotsBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 503, description = "`search-unavailable`", body = Problem),
    )
)]
pub(super) async fn find(
    index: Data<dyn LotIndex>,
    query: Query<LotsQuery>,
) -> Result<Json<LotsBody>, Problem> {
    let query = wanted(query.into_inner())?;
    let limit = query.limit;
    let lots = index
        .search(query)
        .await
        .map_err(|error| unavailable(&error))?;
    let full = lots.len() == limit;
    let next_cursor = lots.last().filter(|_| full).map(|lot| lot.number);
    Ok(Json(LotsBody { lots, next_cursor }))
}

fn wanted(query: LotsQuery) -> Result<LotQuery, Problem> {
    let text = query.text.unwrap_or_default();
    if text.len() > MAX_TEXT_BYTES {
        let detail = format!("text may have {MAX_TEXT_BYTES} bytes at most");
        return Err(Problem::bad_request("invalid-query", detail));
    }
    Ok(LotQuery {
        kind: query.kind,
        grade: query.grade,
        market: query.market.as_deref().map(named).transpose()?,
        status: query.status,
        species: query.species,
        words: words_of(&text),
        lightest_mg: query.min_mass_grams.map(milligrams),
        heaviest_mg: query.max_mass_grams.map(milligrams),
        lowest: query.min_price,
        highest: query.max_price,
        before: query.cursor,
        limit: in_range("limit", query.limit.unwrap_or(DEFAULT_LIMIT), MAX_LIMIT)?,
    })
}

/// A mass that no lot has finds none, or all: a cast of a float ends at the ends of its range.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn milligrams(grams: f64) -> u32 {
    (grams * MILLIGRAMS_PER_GRAM).round() as u32
}

fn unavailable(error: &SearchError) -> Problem {
    let cause = error as &dyn std::error::Error;
    tracing::error!(error = cause, "lots could not be searched");
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let detail = "the index of lots does not answer for now; try again";
    Problem::new(status, "search-unavailable", detail).with_retry_after(1)
}
