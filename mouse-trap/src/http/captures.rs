//! `/v1/captures`: hunting data, for the hunter and the royal court only.

use super::positions::PositionBody;
use super::problems::{self, field, invalid};
use super::{caller, page};
use crate::domain::catch::{Capture, CatchRecord, RodentKind, Sex, VoidReason, Voiding};
use crate::storage::{CaptureCounts, CatchFilter};
use crate::use_cases::MouseTrap;
use crate::use_cases::list_catches::{count_captures, get_capture, list_captures};
use crate::use_cases::void_capture::void_capture;
use actix_web::web;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::id::{CaptureId, CatId, SiteId, TrapId};
use shared_events::timestamp;
use utoipa::{IntoParams, ToSchema};

/// A rodent, caught once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptureBody {
    /// Mouse or rat.
    kind: RodentKind,
    /// What, where, when and whose.
    #[serde(flatten)]
    catch: CatchBody,
    /// Set when it was declared wrong.
    voided: Option<VoidedBody>,
}

/// What, where, when and whose a catch was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatchBody {
    /// Its identifier; the lot on the exchange has the same.
    id: CaptureId,
    /// The trap that caught it.
    #[schema(example = "barn-7")]
    trap: TrapId,
    /// Where.
    #[schema(example = "barn")]
    site: SiteId,
    /// Where its data may live.
    #[schema(example = "CA")]
    jurisdiction: String,
    /// Where exactly.
    position: PositionBody,
    /// The cat whose trap it was.
    #[schema(example = "tom")]
    hunter: CatId,
    /// The Latin name, when known.
    #[schema(example = "Peromyscus maniculatus")]
    species: Option<String>,
    /// When weighed.
    #[schema(example = 21.5)]
    mass_grams: Option<f64>,
    /// When told.
    sex: Option<Sex>,
    /// When the trap closed.
    #[serde(with = "timestamp")]
    caught_at: DateTime<Utc>,
    /// When it was told to us.
    #[serde(with = "timestamp")]
    recorded_at: DateTime<Utc>,
    /// How sure the trap was, 0 to 1.
    #[schema(example = 0.97)]
    confidence: f64,
}

/// Why a capture no longer counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoidedBody {
    /// When it was declared wrong.
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    /// By whom.
    by: CatId,
    /// For people.
    reason: String,
}

/// A page of captures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CapturesBody {
    /// Newest first.
    captures: Vec<CaptureBody>,
    /// Where the next page starts; null at the end.
    next_cursor: Option<String>,
}

/// Which captures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CapturesQuery {
    /// Only this cat's; others than your own need the role royal-court.
    hunter: Option<String>,
    /// Only of this trap.
    trap: Option<String>,
    /// Only at this site.
    site: Option<String>,
    /// `mouse` or `rat`.
    kind: Option<String>,
    /// Caught at this time (RFC 3339) or later.
    since: Option<String>,
    /// Caught before this time (RFC 3339).
    until: Option<String>,
    /// 1 to 500; 50 when not told.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How many captures there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "captures": 62242, "mouse": 37035, "rat": 25207, "voided": 0 }))]
pub(crate) struct CountBody {
    /// All of them.
    captures: u64,
    /// Of kind mouse.
    mouse: u64,
    /// Of kind rat.
    rat: u64,
    /// Of either kind, declared wrong.
    voided: u64,
}

/// Why a capture shall no longer count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The trap closed on a falling leaf." }))]
pub(crate) struct VoidBody {
    /// For people: 1 to 200 characters.
    reason: String,
}

impl CapturesQuery {
    fn filter(&self) -> Result<CatchFilter, Problem> {
        let kind = self.kind.as_deref();
        Ok(CatchFilter {
            hunter: page::optional_id("hunter", self.hunter.as_deref())?,
            trap: page::optional_id("trap", self.trap.as_deref())?,
            site: page::optional_id("site", self.site.as_deref())?,
            kind: page::optional_word("kind", kind, RodentKind::from_word, "mouse, rat")?,
            since: page::optional_time("since", self.since.as_deref())?,
            until: page::optional_time("until", self.until.as_deref())?,
        })
    }
}

impl From<CatchRecord> for CatchBody {
    fn from(catch: CatchRecord) -> Self {
        Self {
            id: catch.id,
            trap: catch.trap,
            site: catch.site,
            jurisdiction: catch.jurisdiction.to_string(),
            position: catch.position.into(),
            hunter: catch.hunter,
            species: catch.species.map(|species| species.to_string()),
            mass_grams: catch.mass.map(|mass| mass.get()),
            sex: catch.sex,
            caught_at: catch.caught_at,
            recorded_at: catch.recorded_at,
            confidence: catch.confidence.get(),
        }
    }
}

impl From<Capture> for CaptureBody {
    fn from(capture: Capture) -> Self {
        let voided = |voiding: Voiding| VoidedBody {
            at: voiding.at,
            by: voiding.by,
            reason: voiding.reason.to_string(),
        };
        Self {
            kind: capture.kind,
            catch: capture.catch.into(),
            voided: capture.voided.map(voided),
        }
    }
}

/// One capture.
#[utoipa::path(get, operation_id = "getCapture", path = "/v1/captures/{id}", tag = "captures", params(("id" = String, Path)),
    security(("cat" = [])), responses((status = 200, body = CaptureBody), (status = 404, body = Problem)))]
pub(crate) async fn get(
    app: web::Data<MouseTrap>,
    cat: Caller,
    path: web::Path<String>,
) -> Result<web::Json<CaptureBody>, Problem> {
    let capture = get_capture(&app, &caller(&cat), &page::id("id", &path)?).await;
    Ok(web::Json(capture.map_err(problems::list_catches)?.into()))
}

/// Your captures, or all of them for the role royal-court, newest first.
#[utoipa::path(get, operation_id = "listCaptures", path = "/v1/captures", tag = "captures", params(CapturesQuery), security(("cat" = [])),
    responses((status = 200, body = CapturesBody), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    app: web::Data<MouseTrap>,
    cat: Caller,
    query: web::Query<CapturesQuery>,
) -> Result<web::Json<CapturesBody>, Problem> {
    let limit = page::limit(query.limit)?;
    let after = page::catch_place(query.cursor.as_deref())?;
    let filter = query.filter()?;
    let captures = list_captures(&app, &caller(&cat), filter, after, limit)
        .await
        .map_err(problems::list_catches)?;
    let next_cursor = page::next_cursor(&captures, limit, |capture| {
        page::catch_text(capture.catch.caught_at, &capture.catch.id)
    });
    Ok(web::Json(CapturesBody {
        captures: captures.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// How many captures there are: yours, or all of them for the role royal-court.
#[utoipa::path(get, operation_id = "countCaptures", path = "/v1/captures/count", tag = "captures", params(CapturesQuery), security(("cat" = [])),
    responses((status = 200, body = CountBody), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn count(
    app: web::Data<MouseTrap>,
    cat: Caller,
    query: web::Query<CapturesQuery>,
) -> Result<web::Json<CountBody>, Problem> {
    if query.limit.is_some() || query.cursor.is_some() {
        return Err(problems::invalid_parameter(
            "limit and cursor",
            "a count has no pages",
        ));
    }
    let counts = count_captures(&app, &caller(&cat), query.filter()?)
        .await
        .map_err(problems::list_catches)?;
    let CaptureCounts { mouse, rat, voided } = counts;
    Ok(web::Json(CountBody {
        captures: mouse + rat,
        mouse,
        rat,
        voided,
    }))
}

/// Declare a capture wrong. It stays on record; its lot leaves the market.
#[utoipa::path(post, operation_id = "voidCapture", path = "/v1/captures/{id}/void", tag = "captures", params(("id" = String, Path)),
    request_body = VoidBody, security(("cat" = [])), responses(
    (status = 200, body = CaptureBody), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub(crate) async fn void(
    app: web::Data<MouseTrap>,
    cat: Caller,
    path: web::Path<String>,
    body: web::Json<VoidBody>,
) -> Result<web::Json<CaptureBody>, Problem> {
    let id: CaptureId = page::id("id", &path)?;
    let reason =
        VoidReason::new(&body.reason).map_err(|error| invalid(vec![field("/reason", error)]))?;
    let capture = void_capture(&app, &caller(&cat), &id, &reason)
        .await
        .map_err(problems::void_capture)?;
    Ok(web::Json(capture.into()))
}
