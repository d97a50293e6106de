//! Lots: everyone sees what they are, only those concerned see whose.

use super::outage;
use crate::{
    domain::{
        Exchange, Grade, Kibbles, Market, RodentKind,
        lots::{Lot, LotState},
    },
    engine::EngineHandle,
};
use actix_web::{
    HttpRequest,
    http::header::AUTHORIZATION,
    web::{Data, Json, Path},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use service_chassis::http::{Caller, Problem};
use shared_events::{
    id::{CatId, LotId},
    timestamp,
};
use utoipa::ToSchema;

const MILLIGRAMS_PER_GRAM: f64 = 1_000.0;

/// Where a lot is in its life.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum StateBody {
    /// In somebody's inventory.
    Stocked,
    /// Too old for any market.
    Spoiled,
    /// Its capture was voided, or its cat left.
    Withdrawn,
}

/// A lot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LotBody {
    /// Its id, which is the capture's.
    #[schema(example = "0b0c5f4e-6d0a-5a31-9d68-0f6f0f7a3a52")]
    lot: LotId,
    /// What it was.
    kind: RodentKind,
    /// How fresh it is.
    grade: Grade,
    /// Where it may be traded now.
    #[schema(example = "mouse-prime")]
    market: Option<&'static str>,
    /// Where it is in its life.
    state: StateBody,
    /// Its scientific name, where known.
    #[schema(example = "Peromyscus eremicus")]
    species: Option<String>,
    /// Its mass, where known.
    #[schema(example = 21.5)]
    mass_grams: Option<f64>,
    /// When it was caught.
    #[serde(with = "timestamp")]
    caught_at: DateTime<Utc>,
    /// When it came in.
    #[serde(with = "timestamp")]
    listed_at: DateTime<Utc>,
    /// The price of its last sale.
    #[schema(example = 12)]
    last_sale: Option<Kibbles>,
    /// Who has it: shown to its owner, its hunter and the royal court.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<CatId>,
    /// Who caught it: shown to its hunter and the royal court.
    #[serde(skip_serializing_if = "Option::is_none")]
    hunter: Option<CatId>,
}

/// One lot. Whose it is and who caught it is told to those concerned, by their access token.
#[utoipa::path(
    get, path = "/v1/lots/{lot}", tag = "market",
    params(("lot" = String, Path, example = "0b0c5f4e-6d0a-5a31-9d68-0f6f0f7a3a52")),
    security((), ("access_token" = [])),
    responses(
        (status = 200, body = LotBody),
        (status = 400, description = "`invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`: a token was sent, but it is not valid", body = Problem),
        (status = 404, description = "`unknown-lot`", body = Problem),
    )
)]
pub(super) async fn get(
    request: HttpRequest,
    engine: Data<EngineHandle>,
    lot: Path<LotId>,
    caller: Result<Caller, Problem>,
) -> Result<Json<LotBody>, Problem> {
    let caller = if request.headers().contains_key(AUTHORIZATION) {
        Some(caller?)
    } else {
        None
    };
    let id = lot.into_inner();
    let unknown = Problem::not_found("unknown-lot", format!("there is no lot {id}"));
    let body = engine.look(move |exchange, _| {
        exchange
            .lot(&id)
            .map(|lot| body(exchange, id.clone(), lot, caller.as_ref()))
    });
    body.await
        .map_err(outage::stopped)?
        .map(Json)
        .ok_or(unknown)
}

fn body(exchange: &Exchange, id: LotId, lot: &Lot, caller: Option<&Caller>) -> LotBody {
    let (owner, hunter) = (exchange.cat_id(lot.owner), exchange.cat_id(lot.hunter));
    let is =
        |cat: &CatId| caller.is_some_and(|caller| caller.is_royal_court() || caller.cat() == cat);
    LotBody {
        lot: id,
        kind: lot.kind,
        grade: lot.shown_grade(),
        market: lot.market().map(Market::name),
        state: match lot.state {
            LotState::Stocked => StateBody::Stocked,
            LotState::Spoiled => StateBody::Spoiled,
            LotState::Withdrawn => StateBody::Withdrawn,
        },
        species: exchange.species(lot).map(str::to_owned),
        mass_grams: lot
            .mass_mg
            .map(|mass_mg| f64::from(mass_mg) / MILLIGRAMS_PER_GRAM),
        caught_at: lot.caught_at.to_utc(),
        listed_at: lot.listed_at.to_utc(),
        last_sale: lot.paid,
        owner: (is(owner) || is(hunter)).then(|| owner.clone()),
        hunter: is(hunter).then(|| hunter.clone()),
    }
}
