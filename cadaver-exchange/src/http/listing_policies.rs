//! How the house offers one's own lots.

use super::{markets::named, outage, refusal, trader::Trader};
use crate::{
    domain::{
        Command, Exchange, Kibbles, Market, Outcome,
        listing_policy::{ListingPolicy, ListingPrice, OnRegrade},
    },
    engine::EngineHandle,
};
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::id::CatId;
use utoipa::ToSchema;

const MS_PER_SECOND: i64 = 1_000;

/// Where the price of a listing comes from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum PriceBody {
    /// The house's price for the market.
    House,
    /// Lots stay in the inventory.
    Off,
    /// Always the same.
    Fixed {
        /// Kibbles per lot.
        price: Kibbles,
    },
    /// A part of the price of the last trade.
    Reference {
        /// In basis points: 10000 is the price itself.
        bps: u32,
    },
    /// Falls in a straight line with the lot's age, minute by minute.
    Decay {
        /// Kibbles at the catch.
        from: Kibbles,
        /// Kibbles at the end.
        to: Kibbles,
        /// The age at the end, in seconds.
        over_s: i64,
    },
}

/// A cat's policy for one market.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"price": {"kind": "decay", "from": 20, "to": 5, "over_s": 21600}, "floor": 6, "on_regrade": "relist"}))]
pub(super) struct PolicyBody {
    /// The price.
    price: PriceBody,
    /// It is never lower than this.
    #[serde(default)]
    floor: Option<Kibbles>,
    /// When a lot comes from a better grade: `relist` it there (the default), or `keep` it.
    #[serde(default)]
    #[schema(value_type = String, example = "relist")]
    on_regrade: OnRegrade,
}

/// The policy for a market.
#[derive(Debug, Serialize, ToSchema)]
struct MarketPolicyBody {
    /// Where.
    #[schema(example = "mouse-prime")]
    market: &'static str,
    /// How.
    policy: PolicyBody,
}

/// The policies for all markets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PoliciesBody {
    /// In a fixed order.
    policies: Vec<MarketPolicyBody>,
}

/// One's own listing policies.
#[utoipa::path(
    get, path = "/v1/listing-policies", tag = "own", security(("access_token" = [])),
    responses(
        (status = 200, body = PoliciesBody),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn list(
    caller: Caller,
    engine: Data<EngineHandle>,
) -> Result<Json<PoliciesBody>, Problem> {
    let cat = caller.cat().clone();
    let policies = engine.look(move |exchange, _| policies(exchange, &cat));
    policies.await.map(Json).map_err(outage::stopped)
}

/// Decides how the house offers one's own lots in a market (or in `all`). It holds for lots that come in, or move, from now on.
#[utoipa::path(
    put, path = "/v1/listing-policies/{market}", tag = "own", security(("access_token" = [])), request_body = PolicyBody,
    params(("market" = String, Path, example = "mouse-prime")),
    responses(
        (status = 200, description = "All policies as they are now", body = PoliciesBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`account-closed`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-policy`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn set(
    trader: Trader,
    engine: Data<EngineHandle>,
    market: Path<String>,
    body: Json<PolicyBody>,
) -> Result<Json<PoliciesBody>, Problem> {
    let market = one_or_all(&market)?;
    let cat = trader.cat();
    let command = Command::SetListingPolicy {
        cat: cat.clone(),
        market,
        policy: policy(&body),
    };
    let seen = engine.submit_and_look(command, move |exchange, outcome| match outcome {
        Outcome::Refused(why) => Err(refusal::refused(why)),
        _ => Ok(policies(exchange, &cat)),
    });
    seen.await.map_err(outage::stopped)?.map(Json)
}

/// A market by its name; `all` means every one.
pub(super) fn one_or_all(name: &str) -> Result<Option<Market>, Problem> {
    if name == "all" {
        return Ok(None);
    }
    named(name).map(Some)
}

fn policies(exchange: &Exchange, cat: &CatId) -> PoliciesBody {
    let policies = Market::ALL.into_iter().map(|market| MarketPolicyBody {
        market: market.name(),
        policy: body(&exchange.listing_policy(cat, market)),
    });
    PoliciesBody {
        policies: policies.collect(),
    }
}

fn body(policy: &ListingPolicy) -> PolicyBody {
    PolicyBody {
        price: match policy.price {
            ListingPrice::House => PriceBody::House,
            ListingPrice::Off => PriceBody::Off,
            ListingPrice::Fixed { price } => PriceBody::Fixed { price },
            ListingPrice::Reference { bps } => PriceBody::Reference { bps },
            ListingPrice::Decay { from, to, over_ms } => PriceBody::Decay {
                from,
                to,
                over_s: over_ms / MS_PER_SECOND,
            },
        },
        floor: policy.floor,
        on_regrade: policy.on_regrade,
    }
}

fn policy(body: &PolicyBody) -> ListingPolicy {
    ListingPolicy {
        price: match body.price {
            PriceBody::House => ListingPrice::House,
            PriceBody::Off => ListingPrice::Off,
            PriceBody::Fixed { price } => ListingPrice::Fixed { price },
            PriceBody::Reference { bps } => ListingPrice::Reference { bps },
            PriceBody::Decay { from, to, over_s } => ListingPrice::Decay {
                from,
                to,
                over_ms: over_s.saturating_mul(MS_PER_SECOND),
            },
        },
        floor: body.floor,
        on_regrade: body.on_regrade,
    }
}
