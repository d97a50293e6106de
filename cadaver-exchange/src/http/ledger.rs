//! The ledger's balance report, now or at any position of the journal.

use super::past::{At, Past};
use crate::domain::{
    Exchange,
    ledger::House,
    report::{AssetReport, BalanceReport, LotCounts},
};
use actix_web::web::{Json, Query};
use serde::Serialize;
use service_chassis::http::Problem;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The ledger in sums: who holds how much of each asset, and that it is zero in all.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BalanceReportBody {
    /// The journal position up to which it counts.
    #[schema(example = 1024)]
    position: u64,
    /// Whether every asset sums to zero.
    #[schema(example = true)]
    balanced: bool,
    /// Kibbles, and the lots of each market.
    assets: Vec<AssetBody>,
    /// How many lots are where in their lives.
    lots: LotCountsBody,
    /// How many postings the ledger has.
    #[schema(example = 5000)]
    postings: u64,
}

/// One asset. The house's accounts are below zero for what they have issued.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AssetBody {
    /// `kibbles`, or a market for its lots.
    #[schema(example = "kibbles")]
    asset: &'static str,
    /// All that cats have free.
    #[schema(value_type = i64, example = 900)]
    cats_available: i128,
    /// All that stands behind cats' orders.
    #[schema(value_type = i64, example = 100)]
    cats_held: i128,
    /// The house's accounts.
    house: BTreeMap<&'static str, i64>,
    /// The sum, which is zero.
    #[schema(value_type = i64, example = 0)]
    sum: i128,
}

/// Lots by their state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LotCountsBody {
    /// All that ever came in: one for each capture.
    #[schema(example = 62242)]
    created: u64,
    /// In somebody's inventory.
    #[schema(example = 60000)]
    stocked: u64,
    /// Too old.
    #[schema(example = 2242)]
    spoiled: u64,
    /// Voided, or left with their cat.
    #[schema(example = 0)]
    withdrawn: u64,
    /// Sold at least once, whatever became of them.
    #[schema(example = 480)]
    sold: u64,
}

/// The sums of the ledger. They are counted beside the trading, so that asking holds nobody up.
#[utoipa::path(
    get, path = "/v1/ledger/balance-report", tag = "proof", params(At),
    responses(
        (status = 200, body = BalanceReportBody),
        (status = 400, description = "`invalid-query`", body = Problem),
        (status = 404, description = "`unknown-position`: the journal has not come that far", body = Problem),
        (status = 422, description = "`position-too-far`: too much would have to be replayed", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `busy`", body = Problem),
    )
)]
pub(super) async fn balance_report(
    past: Past,
    at: Query<At>,
) -> Result<Json<BalanceReportBody>, Problem> {
    let (position, report) = past.look(&at, Exchange::balance_report).await?;
    Ok(Json(body(&report, position)))
}

fn body(report: &BalanceReport, position: u64) -> BalanceReportBody {
    let LotCounts {
        created,
        stocked,
        spoiled,
        withdrawn,
        sold,
    } = report.lots;
    BalanceReportBody {
        position,
        balanced: report.assets.iter().all(|asset| asset.sum == 0),
        assets: report.assets.iter().map(asset).collect(),
        lots: LotCountsBody {
            created,
            stocked,
            spoiled,
            withdrawn,
            sold,
        },
        postings: report.postings,
    }
}

fn asset(report: &AssetReport) -> AssetBody {
    let names = House::ALL.into_iter().map(|(_, name)| name);
    AssetBody {
        asset: report.asset.name(),
        cats_available: report.cats_available,
        cats_held: report.cats_held,
        house: names.zip(report.house).collect(),
        sum: report.sum,
    }
}
