//! `/v1/imports/portal`: what became of every line of the imported record (role royal-court).

use super::{page, problems};
use crate::domain::portal::outcome::Outcome;
use crate::storage::ImportedRow;
use crate::use_cases::MouseTrap;
use crate::use_cases::import_portal::{ImportSummary, PORTAL, import_summary};
use actix_web::web;
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::id::CaptureId;
use utoipa::{IntoParams, ToSchema};

/// How many lines of an import ended how; the five outcomes add up to `rows`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "import": "portal", "rows": 64907, "mouse": 37035, "rat": 25207, "bycatch": 1472,
    "nothing": 1191, "refused": 2, "captures": 62242 }))]
pub(crate) struct SummaryBody {
    /// The import's name.
    import: &'static str,
    /// All lines that have their outcome.
    rows: u64,
    /// Captures of kind mouse.
    mouse: u64,
    /// Captures of kind rat.
    rat: u64,
    /// Other animals.
    bycatch: u64,
    /// Empty traps.
    nothing: u64,
    /// Lines that cannot be true; `rows?outcome=refused` tells why.
    refused: u64,
    /// `mouse` and `rat` together.
    captures: u64,
}

/// A line of an import and its one outcome.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowBody {
    /// Its place in the file; the first record is 1.
    #[schema(example = 1)]
    number: u32,
    /// The record's own id, as written.
    #[schema(example = "1")]
    record_id: String,
    /// `mouse`, `rat`, `bycatch`, `nothing` or `refused`.
    #[schema(example = "rat")]
    outcome: &'static str,
    /// Why it was refused.
    reason: Option<String>,
    /// The capture or bycatch that it became.
    catch: Option<CaptureId>,
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowsBody {
    /// In the order of the file.
    rows: Vec<RowBody>,
    /// Where the next page starts; null at the end.
    next_cursor: Option<String>,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowsQuery {
    /// Only lines that ended so: `mouse`, `rat`, `bycatch`, `nothing` or `refused`.
    outcome: Option<String>,
    /// 1 to 500; 50 when not told.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl From<&ImportSummary> for SummaryBody {
    fn from(summary: &ImportSummary) -> Self {
        Self {
            import: PORTAL,
            rows: summary.total(),
            mouse: summary.lines(Outcome::Mouse),
            rat: summary.lines(Outcome::Rat),
            bycatch: summary.lines(Outcome::Bycatch),
            nothing: summary.lines(Outcome::Nothing),
            refused: summary.lines(Outcome::Refused),
            captures: summary.captures(),
        }
    }
}

impl From<ImportedRow> for RowBody {
    fn from(row: ImportedRow) -> Self {
        let ImportedRow {
            number,
            record_id,
            outcome,
            reason,
            catch,
            ..
        } = row;
        Self {
            number,
            record_id,
            outcome: outcome.as_str(),
            reason,
            catch,
        }
    }
}

/// How the import of the Portal record stands.
#[utoipa::path(get, operation_id = "getPortalImport", path = "/v1/imports/portal", tag = "imports", security(("cat" = [])),
    responses((status = 200, body = SummaryBody), (status = 403, body = Problem)))]
pub(crate) async fn summary(
    app: web::Data<MouseTrap>,
    cat: Caller,
) -> Result<web::Json<SummaryBody>, Problem> {
    cat.require_royal_court()?;
    let summary = import_summary(&app)
        .await
        .map_err(|error| problems::outage(&error))?;
    Ok(web::Json((&summary).into()))
}

/// The lines of the Portal record.
#[utoipa::path(get, operation_id = "listPortalRows", path = "/v1/imports/portal/rows", tag = "imports", params(RowsQuery), security(("cat" = [])),
    responses((status = 200, body = RowsBody), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn rows(
    app: web::Data<MouseTrap>,
    cat: Caller,
    query: web::Query<RowsQuery>,
) -> Result<web::Json<RowsBody>, Problem> {
    cat.require_royal_court()?;
    let limit = page::limit(query.limit)?;
    let outcome = page::optional_outcome(query.outcome.as_deref())?;
    let after = page::place::<u32>(query.cursor.as_deref())?.unwrap_or_default();
    let rows = app.storage.import_rows(PORTAL, outcome, after, limit).await;
    let rows = rows.map_err(|error| problems::outage(&error))?;
    let next_cursor = page::next_cursor(&rows, limit, |row| row.number.to_string());
    Ok(web::Json(RowsBody {
        rows: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
