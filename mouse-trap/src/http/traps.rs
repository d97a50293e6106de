//! `/v1/traps`.

use super::credentials::IssuedBody;
use super::positions::PositionBody;
use super::problems::{self, invalid};
use super::{caller, credentials, page};
use crate::domain::trap::Trap;
use crate::storage::TrapFilter;
use crate::use_cases::MouseTrap;
use crate::use_cases::register_trap::{NewTrap, register_trap};
use crate::use_cases::retire_trap::retire_trap;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::events::TrapState;
use shared_events::id::{CatId, SiteId, TrapId};
use shared_events::timestamp;
use utoipa::{IntoParams, ToSchema};

/// A trap to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "id": "barn-7", "site": "barn" }))]
pub(crate) struct NewTrapBody {
    /// Its identifier; made when absent.
    id: Option<TrapId>,
    /// Where it stands.
    site: SiteId,
    /// Where exactly; the middle of its site when absent.
    position: Option<PositionBody>,
    /// Whose it is: the caller's when absent. Only the royal court may name another cat.
    owner: Option<CatId>,
}

/// A trap and its present condition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrapBody {
    /// Its identifier.
    #[schema(example = "barn-7")]
    id: TrapId,
    /// Where it stands.
    #[schema(example = "barn")]
    site: SiteId,
    /// Where its data may live.
    #[schema(example = "CA")]
    jurisdiction: String,
    /// The cat that hunts with it.
    #[schema(example = "tom")]
    owner: CatId,
    /// Where exactly.
    position: PositionBody,
    /// `retired`, or what its mechanism last was: `armed`, `sprung`, `disarmed`; null before it told.
    state: Option<TrapState>,
    /// Whether it was heard lately; null before it was ever heard.
    online: Option<bool>,
    /// Charge in per cent; null before it told.
    battery_percent: Option<u8>,
    /// Whether its battery runs low.
    battery_low: bool,
    /// Whether somebody interfered since it was last armed.
    tampered: bool,
    /// When it was last heard, by our clock.
    #[serde(with = "timestamp::optional")]
    last_seen_at: Option<DateTime<Utc>>,
    /// When its credential was issued; null when it has none.
    #[serde(with = "timestamp::optional")]
    credential_issued_at: Option<DateTime<Utc>>,
    /// When it was registered.
    #[serde(with = "timestamp")]
    registered_at: DateTime<Utc>,
    /// When it was taken out of service.
    #[serde(with = "timestamp::optional")]
    retired_at: Option<DateTime<Utc>>,
}

/// A page of traps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrapsBody {
    /// In the order of their ids.
    traps: Vec<TrapBody>,
    /// Where the next page starts; null at the end.
    next_cursor: Option<String>,
}

/// Which traps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrapsQuery {
    /// Only this cat's; others than your own need the role royal-court.
    owner: Option<String>,
    /// Only at this site.
    site: Option<String>,
    /// 1 to 500; 50 when not told.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl From<Trap> for TrapBody {
    fn from(trap: Trap) -> Self {
        let status = trap.status;
        let retired = trap.retired_at.map(|_| TrapState::Retired);
        Self {
            id: trap.id,
            site: trap.site,
            jurisdiction: trap.jurisdiction.to_string(),
            owner: trap.owner,
            position: trap.position.into(),
            state: retired.or(status.mechanism.map(|mechanism| mechanism.value)),
            online: status
                .connection
                .map(|connection| connection.value == TrapState::Online),
            battery_percent: status.battery_percent.map(|charge| charge.value),
            battery_low: status.battery_low.is_some_and(|low| low.value),
            tampered: status.tampered.is_some_and(|tampered| tampered.value),
            last_seen_at: status.last_seen_at,
            credential_issued_at: trap.credential.map(|credential| credential.issued_at),
            registered_at: trap.registered_at,
            retired_at: trap.retired_at,
        }
    }
}

/// Register a trap. The answer is the only place that ever shows its credential.
#[utoipa::path(post, operation_id = "registerTrap", path = "/v1/traps", tag = "traps", request_body = NewTrapBody, security(("cat" = [])), responses(
    (status = 201, body = IssuedBody), (status = 403, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub(crate) async fn register(
    app: web::Data<MouseTrap>,
    cat: Caller,
    body: web::Json<NewTrapBody>,
) -> Result<HttpResponse, Problem> {
    let NewTrapBody {
        id,
        site,
        position,
        owner,
    } = body.into_inner();
    let position = position
        .map(|position| position.checked("/position"))
        .transpose();
    let position = position.map_err(|error| invalid(vec![error]))?;
    let id = id.unwrap_or_else(fresh_id);
    let secret = credentials::fresh_secret();
    let new = NewTrap {
        id,
        site,
        position,
        owner,
    };
    let trap = register_trap(&app, &caller(&cat), new, &secret)
        .await
        .map_err(problems::register_trap)?;
    let location = format!("/v1/traps/{}", trap.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(IssuedBody::new(trap, &secret)))
}

fn fresh_id() -> TrapId {
    TrapId::new(format!("trap-{}", uuid::Uuid::now_v7()))
        .expect("a word and a UUID keep the rule of identifiers")
}

/// One trap: yours, or any for the role royal-court.
#[utoipa::path(get, operation_id = "getTrap", path = "/v1/traps/{id}", tag = "traps", params(("id" = String, Path, example = "barn-7")),
    security(("cat" = [])),
    responses((status = 200, body = TrapBody), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn get(
    app: web::Data<MouseTrap>,
    cat: Caller,
    path: web::Path<String>,
) -> Result<web::Json<TrapBody>, Problem> {
    let id: TrapId = page::id("id", &path)?;
    let trap = app
        .storage
        .trap(&id)
        .await
        .map_err(|error| problems::outage(&error))?;
    let trap = trap.ok_or_else(|| problems::unknown_trap(format!("there is no trap {id}")))?;
    if !caller(&cat).acts_for(&trap.owner) {
        return Err(Problem::forbidden(format!(
            "the trap {id} belongs to another cat"
        )));
    }
    Ok(web::Json(trap.into()))
}

/// Your traps, or all of them for the role royal-court.
#[utoipa::path(get, operation_id = "listTraps", path = "/v1/traps", tag = "traps", params(TrapsQuery), security(("cat" = [])),
    responses((status = 200, body = TrapsBody), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    app: web::Data<MouseTrap>,
    cat: Caller,
    query: web::Query<TrapsQuery>,
) -> Result<web::Json<TrapsBody>, Problem> {
    let cat = caller(&cat);
    let limit = page::limit(query.limit)?;
    let after: Option<TrapId> = page::place(query.cursor.as_deref())?;
    let site = page::optional_id("site", query.site.as_deref())?;
    let owner = match page::optional_id::<CatId>("owner", query.owner.as_deref())? {
        Some(owner) if !cat.acts_for(&owner) => {
            return Err(Problem::forbidden(format!(
                "the traps of cat {owner} are that cat's own"
            )));
        }
        None if !cat.royal_court => Some(cat.cat),
        asked => asked,
    };
    let traps = app
        .storage
        .traps(TrapFilter { owner, site }, after.as_ref(), limit)
        .await;
    let traps = traps.map_err(|error| problems::outage(&error))?;
    let next_cursor = page::next_cursor(&traps, limit, |trap| trap.id.to_string());
    Ok(web::Json(TrapsBody {
        traps: traps.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// Take a trap out of service for ever. Again is harmless.
#[utoipa::path(post, operation_id = "retireTrap", path = "/v1/traps/{id}/retire", tag = "traps", params(("id" = String, Path, example = "barn-7")),
    security(("cat" = [])),
    responses((status = 200, body = TrapBody), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn retire(
    app: web::Data<MouseTrap>,
    cat: Caller,
    path: web::Path<String>,
) -> Result<web::Json<TrapBody>, Problem> {
    let trap = retire_trap(&app, &caller(&cat), &page::id("id", &path)?)
        .await
        .map_err(problems::retire_trap)?;
    Ok(web::Json(trap.into()))
}
