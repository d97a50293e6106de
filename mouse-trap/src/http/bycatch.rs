//! `/v1/bycatch`: what was neither mouse nor rat.

use super::captures::CatchBody;
use super::{caller, page, problems};
use crate::domain::catch::Bycatch;
use crate::storage::CatchFilter;
use crate::use_cases::MouseTrap;
use crate::use_cases::list_catches::list_bycatch;
use actix_web::web;
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use utoipa::{IntoParams, ToSchema};

/// An animal that has no market.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BycatchBody {
    /// What the trap called it.
    #[schema(example = "squirrel")]
    animal: String,
    /// What, where, when and whose.
    #[serde(flatten)]
    catch: CatchBody,
}

/// A page of bycatch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BycatchesBody {
    /// Newest first.
    bycatch: Vec<BycatchBody>,
    /// Where the next page starts; null at the end.
    next_cursor: Option<String>,
}

/// Which bycatch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BycatchQuery {
    /// Only this cat's; others than your own need the role royal-court.
    hunter: Option<String>,
    /// Only of this trap.
    trap: Option<String>,
    /// Only at this site.
    site: Option<String>,
    /// Caught at this time (RFC 3339) or later.
    since: Option<String>,
    /// Caught before this time (RFC 3339).
    until: Option<String>,
    /// 1 to 500; 50 when not told.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl From<Bycatch> for BycatchBody {
    fn from(bycatch: Bycatch) -> Self {
        Self {
            animal: bycatch.animal.to_string(),
            catch: bycatch.catch.into(),
        }
    }
}

/// Your bycatch, or all of it for the role royal-court, newest first.
#[utoipa::path(get, operation_id = "listBycatch", path = "/v1/bycatch", tag = "captures", params(BycatchQuery), security(("cat" = [])),
    responses((status = 200, body = BycatchesBody), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    app: web::Data<MouseTrap>,
    cat: Caller,
    query: web::Query<BycatchQuery>,
) -> Result<web::Json<BycatchesBody>, Problem> {
    let limit = page::limit(query.limit)?;
    let after = page::catch_place(query.cursor.as_deref())?;
    let filter = CatchFilter {
        hunter: page::optional_id("hunter", query.hunter.as_deref())?,
        trap: page::optional_id("trap", query.trap.as_deref())?,
        site: page::optional_id("site", query.site.as_deref())?,
        kind: None,
        since: page::optional_time("since", query.since.as_deref())?,
        until: page::optional_time("until", query.until.as_deref())?,
    };
    let found = list_bycatch(&app, &caller(&cat), filter, after, limit)
        .await
        .map_err(problems::list_catches)?;
    let next_cursor = page::next_cursor(&found, limit, |bycatch| {
        page::catch_text(bycatch.catch.caught_at, &bycatch.catch.id)
    });
    Ok(web::Json(BycatchesBody {
        bycatch: found.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
