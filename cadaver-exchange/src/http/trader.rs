//! Who may act, and how often: a cat with an access token, within its rate.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Data};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use service_chassis::http::{Caller, Problem};
use shared_events::id::CatId;
use std::{
    fmt,
    future::{Ready, ready},
    num::NonZeroU32,
    sync::Arc,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// The role of those who keep a market liquid.
const MARKET_MAKER: &str = "market-maker";
/// Checks after which cats that have been quiet are forgotten.
const CHECKS_PER_TIDYING: u32 = 100_000;

/// How often one cat may act.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Commands of one cat in a second.
    pub trader_per_second: NonZeroU32,
    /// Commands of one market maker in a second.
    pub market_maker_per_second: NonZeroU32,
    /// Orders in one batch.
    pub batch_orders: usize,
}

/// Counts the commands of every cat; a cat may save up those of two seconds.
pub struct Limits {
    settings: LimitSettings,
    traders: DefaultKeyedRateLimiter<CatId>,
    market_makers: DefaultKeyedRateLimiter<CatId>,
    checks: AtomicU32,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limits({:?})", self.settings)
    }
}

impl Limits {
    /// Nobody has done anything yet.
    #[must_use]
    pub fn new(settings: LimitSettings) -> Self {
        let keyed = |rate: NonZeroU32| {
            let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(1));
            RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst))
        };
        Self {
            settings,
            traders: keyed(settings.trader_per_second),
            market_makers: keyed(settings.market_maker_per_second),
            checks: AtomicU32::new(0),
        }
    }

    fn check(&self, caller: &Caller, commands: NonZeroU32) -> Result<(), Problem> {
        let limiter = if caller.has_role(MARKET_MAKER) {
            &self.market_makers
        } else {
            &self.traders
        };
        if self.checks.fetch_add(1, Relaxed) % CHECKS_PER_TIDYING == CHECKS_PER_TIDYING - 1 {
            self.traders.retain_recent();
            self.market_makers.retain_recent();
        }
        match limiter.check_key_n(caller.cat(), commands) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                "you act faster than you may; wait a second",
            )
            .with_retry_after(1)),
        }
    }
}

/// A cat that acts. As an argument of a handler it makes the request need a good access token, and counts it.
#[derive(Debug, Clone)]
pub(super) struct Trader {
    pub(super) caller: Caller,
    limits: Arc<Limits>,
}

impl Trader {
    pub(super) fn cat(&self) -> CatId {
        self.caller.cat().clone()
    }

    /// The most orders in one batch.
    pub(super) fn batch_orders(&self) -> usize {
        self.limits.settings.batch_orders
    }

    /// Counts `commands` more than the one that every request counts as.
    pub(super) fn count_more(&self, commands: usize) -> Result<(), Problem> {
        let commands = u32::try_from(commands).unwrap_or(u32::MAX);
        NonZeroU32::new(commands).map_or(Ok(()), |more| self.limits.check(&self.caller, more))
    }
}

impl FromRequest for Trader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload).into_inner();
        ready(caller.and_then(|caller| {
            let limits = request.app_data::<Data<Limits>>().ok_or_else(|| {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Problem::new(status, "not-configured", "this service counts no requests")
            })?;
            limits.check(&caller, NonZeroU32::MIN)?;
            Ok(Self {
                caller,
                limits: limits.clone().into_inner(),
            })
        }))
    }
}

/// A market maker that acts.
#[derive(Debug, Clone)]
pub(super) struct MarketMaker(pub(super) Trader);

impl FromRequest for MarketMaker {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let trader = Trader::from_request(request, payload).into_inner();
        ready(trader.and_then(|trader| {
            if !trader.caller.has_role(MARKET_MAKER) {
                let detail = format!("only the role {MARKET_MAKER} quotes");
                return Err(Problem::forbidden(detail));
            }
            Ok(Self(trader))
        }))
    }
}

/// A member of the royal court that acts.
#[derive(Debug, Clone)]
pub(super) struct Courtier(pub(super) Trader);

impl FromRequest for Courtier {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let trader = Trader::from_request(request, payload).into_inner();
        ready(trader.and_then(|trader| {
            trader.caller.require_royal_court()?;
            Ok(Self(trader))
        }))
    }
}
