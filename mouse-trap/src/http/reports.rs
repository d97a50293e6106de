//! `/v1/traps/{id}/reports`.

mod body;

use super::device::DeviceSecret;
use super::page;
use super::problems::{self, field, invalid};
use crate::domain::intake::ReportOutcome;
use crate::domain::report::{LONGEST_BATCH, Report, ReportResult};
use crate::use_cases::MouseTrap;
use crate::use_cases::record_reports::record_reports;
use actix_web::web;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use shared_events::id::{CaptureId, TrapId};
use utoipa::ToSchema;

pub(super) use body::{BootBody, KindBody, ReportBody};

/// An answer names at most this many wrong values.
const MOST_ERRORS: usize = 20;

/// A batch of reports: 1 to 1000.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reports": [
    { "boot": "12", "counter": 1, "at": "2026-11-24T05:12:00Z", "kind": "catch", "animal": "mouse",
      "species": "Peromyscus maniculatus", "mass_grams": 21.5, "sex": "female", "confidence": 0.97 },
    { "boot": "12", "counter": 2, "at": "2026-11-24T05:12:01Z", "kind": "state", "state": "sprung" },
    { "boot": "12", "counter": 3, "at": "2026-11-24T06:00:00Z", "kind": "heartbeat", "battery_percent": 81 }
] }))]
pub(crate) struct ReportsBody {
    /// Any order, however late. Stored all together, or not at all when one of them is wrong.
    #[schema(value_type = Vec<ReportBody>, min_items = 1, max_items = 1000)]
    reports: Vec<serde_json::Value>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedBody {
    /// How many were new.
    #[schema(example = 1)]
    recorded: usize,
    /// How many were known.
    #[schema(example = 0)]
    duplicates: usize,
    /// Each report of the batch, in its order.
    reports: Vec<OutcomeBody>,
}

/// What became of a report. A repeat is told what became of the first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeBody {
    /// The device's start.
    #[schema(example = "12")]
    boot: String,
    /// Its count since then.
    #[schema(example = 1)]
    counter: u64,
    /// `recorded`, or `duplicate` when it was known.
    #[schema(example = "recorded")]
    outcome: &'static str,
    /// `capture`, `bycatch`, `state`, `heartbeat` or `command-answer`.
    #[schema(example = "capture")]
    result: &'static str,
    /// The capture that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<CaptureId>,
    /// The bycatch that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    bycatch: Option<CaptureId>,
}

impl From<ReportOutcome> for OutcomeBody {
    fn from(outcome: ReportOutcome) -> Self {
        let (mut capture, mut bycatch) = (None, None);
        let result = outcome.result.name();
        match outcome.result {
            ReportResult::Capture(id) => capture = Some(id),
            ReportResult::Bycatch(id) => bycatch = Some(id),
            _ => {}
        }
        Self {
            boot: outcome.key.boot.to_string(),
            counter: outcome.key.counter,
            outcome: if outcome.duplicate {
                "duplicate"
            } else {
                "recorded"
            },
            result,
            capture,
            bycatch,
        }
    }
}

/// Report what happened at a trap, in a batch. Repeating a batch is harmless.
#[utoipa::path(post, operation_id = "recordReports", path = "/v1/traps/{id}/reports", tag = "devices",
    params(("id" = String, Path, example = "barn-7")), request_body = ReportsBody, security(("trap" = [])), responses(
    (status = 200, body = RecordedBody), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem),
    (status = 422, body = Problem)))]
pub(crate) async fn record(
    app: web::Data<MouseTrap>,
    secret: DeviceSecret,
    path: web::Path<String>,
    body: web::Json<ReportsBody>,
) -> Result<web::Json<RecordedBody>, Problem> {
    let id: TrapId = page::id("id", &path)?;
    let reports = checked(body.into_inner(), app.clock.now())?;
    let outcomes = record_reports(&app, &id, secret.0.expose(), &reports).await;
    let reports: Vec<OutcomeBody> = outcomes
        .map_err(problems::record_reports)?
        .into_iter()
        .map(Into::into)
        .collect();
    let recorded = reports
        .iter()
        .filter(|report| report.outcome == "recorded")
        .count();
    Ok(web::Json(RecordedBody {
        recorded,
        duplicates: reports.len() - recorded,
        reports,
    }))
}

fn checked(body: ReportsBody, now: DateTime<Utc>) -> Result<Vec<Report>, Problem> {
    if !(1..=LONGEST_BATCH).contains(&body.reports.len()) {
        let detail = format!(
            "a batch has 1 to {LONGEST_BATCH} reports, not {}",
            body.reports.len()
        );
        return Err(invalid(vec![field("/reports", detail)]));
    }
    let (mut reports, mut errors) = (Vec::with_capacity(body.reports.len()), Vec::new());
    for (index, value) in body.reports.into_iter().enumerate() {
        match body::report(value, &format!("/reports/{index}"), now) {
            Ok(report) => reports.push(report),
            Err(error) => errors.push(error),
        }
        if errors.len() == MOST_ERRORS {
            break;
        }
    }
    if errors.is_empty() {
        Ok(reports)
    } else {
        Err(invalid(errors))
    }
}
