//! What the royal court decides: kibbles, bounds and trading of accounts, and the phases of markets. Every decision is journaled.

use super::{
    account::{AccountBody, body as account_body},
    idempotency::IdempotencyKey,
    listing_policies::one_or_all,
    outage, refusal,
    trader::Courtier,
};
use crate::{
    domain::{Command, Kibbles, Moment, Outcome, caps::Caps, command::Transfer, session::Auction},
    engine::{EngineHandle, Submission},
};
use actix_web::web::{Data, Json, Path};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use shared_events::id::CatId;
use utoipa::ToSchema;

/// The longest reason that is taken, in bytes.
const MAX_REASON_BYTES: usize = 500;

/// Kibbles to be moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 500, "reason": "prize of the summer hunt"}))]
pub(super) struct TransferBody {
    /// How many, at least 1.
    #[schema(value_type = i64, minimum = 1)]
    amount: Kibbles,
    /// Why, for the journal.
    reason: String,
}

/// Bounds of an account; what is not named follows the house's rules.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"open_orders": 50, "order_worth": 10000, "held_kibbles": 50000}))]
pub(super) struct CapsBody {
    /// Own orders that are open at a time.
    #[serde(default)]
    open_orders: Option<u32>,
    /// The worth of one order.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    order_worth: Option<Kibbles>,
    /// All kibbles that stand behind bids.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    held_kibbles: Option<Kibbles>,
}

/// Whether trading is stopped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stopped": true}))]
pub(super) struct TradingBody {
    /// `true` takes back all open orders and refuses new ones; `false` lets trade again.
    stopped: bool,
}

/// What a market is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
#[schema(example = json!({"action": "auction", "auction": "opening", "ends_at": "2026-11-24T09:30:00Z"}))]
pub(super) enum SessionBody {
    /// Trade continuously; an auction that is on ends with its trades.
    Open,
    /// Take no orders; an auction that is on ends with its trades.
    Close,
    /// Take no orders for now.
    Halt,
    /// End a halt, by way of a volatility auction where one is wanted.
    Resume {
        /// When that auction ends.
        #[serde(default)]
        auction_until: Option<DateTime<Utc>>,
    },
    /// Collect orders, to be matched at one price at the end.
    Auction {
        /// `opening`, `closing` or `volatility`.
        #[schema(value_type = String, example = "opening")]
        auction: Auction,
        /// When it ends by itself; by command otherwise.
        #[serde(default)]
        ends_at: Option<DateTime<Utc>>,
    },
}

/// What became of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionBody {
    /// `false` when nothing changed: it was so already, or the same key was used before.
    #[schema(example = true)]
    changed: bool,
}

/// Gives kibbles to a cat.
#[utoipa::path(
    post, path = "/v1/court/accounts/{cat}/deposits", tag = "court", security(("access_token" = [])), request_body = TransferBody,
    params(("cat" = String, Path, example = "Xk93hq0aZb"), ("Idempotency-Key" = Option<String>, Header, example = "prize-2026")),
    responses(
        (status = 200, description = "The account as it is now", body = AccountBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-path`, `invalid-idempotency-key`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`, `account-closed`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-amount`, `invalid-reason`, `treasury-empty`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn deposit(
    courtier: Courtier,
    key: IdempotencyKey,
    engine: Data<EngineHandle>,
    cat: Path<CatId>,
    body: Json<TransferBody>,
) -> Result<Json<AccountBody>, Problem> {
    move_kibbles(
        &courtier,
        &key,
        &engine,
        (cat.into_inner(), &body),
        Command::Deposit,
    )
    .await
}

/// Takes kibbles that are free from a cat.
#[utoipa::path(
    post, path = "/v1/court/accounts/{cat}/withdrawals", tag = "court", security(("access_token" = [])), request_body = TransferBody,
    params(("cat" = String, Path, example = "Xk93hq0aZb"), ("Idempotency-Key" = Option<String>, Header, example = "fine-2026")),
    responses(
        (status = 200, description = "The account as it is now", body = AccountBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-path`, `invalid-idempotency-key`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`, `account-closed`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-amount`, `invalid-reason`, `insufficient-kibbles`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn withdraw(
    courtier: Courtier,
    key: IdempotencyKey,
    engine: Data<EngineHandle>,
    cat: Path<CatId>,
    body: Json<TransferBody>,
) -> Result<Json<AccountBody>, Problem> {
    move_kibbles(
        &courtier,
        &key,
        &engine,
        (cat.into_inner(), &body),
        Command::Withdraw,
    )
    .await
}

/// Any cat's account.
#[utoipa::path(
    get, path = "/v1/court/accounts/{cat}", tag = "court", security(("access_token" = [])),
    params(("cat" = String, Path, example = "Xk93hq0aZb")),
    responses(
        (status = 200, body = AccountBody),
        (status = 400, description = "`invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn account(
    _: Courtier,
    engine: Data<EngineHandle>,
    cat: Path<CatId>,
) -> Result<Json<AccountBody>, Problem> {
    let cat = cat.into_inner();
    let seen = engine.look(move |exchange, _| account_body(exchange, cat));
    seen.await.map(Json).map_err(outage::stopped)
}

/// Bounds what one account may do.
#[utoipa::path(
    put, path = "/v1/court/accounts/{cat}/caps", tag = "court", security(("access_token" = [])), request_body = CapsBody,
    params(("cat" = String, Path, example = "Xk93hq0aZb")),
    responses(
        (status = 200, body = DecisionBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`, `account-closed`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-amount`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn set_caps(
    courtier: Courtier,
    engine: Data<EngineHandle>,
    cat: Path<CatId>,
    body: Json<CapsBody>,
) -> Result<Json<DecisionBody>, Problem> {
    let caps = Caps {
        open_orders: body.open_orders,
        order_worth: body.order_worth,
        held_kibbles: body.held_kibbles,
    };
    let cat = cat.into_inner();
    decide(
        &courtier,
        &IdempotencyKey(None),
        &engine,
        Command::SetCaps { cat, caps },
    )
    .await
}

/// Stops the trading of one cat, or lets it trade again.
#[utoipa::path(
    put, path = "/v1/court/accounts/{cat}/trading", tag = "court", security(("access_token" = [])), request_body = TradingBody,
    params(("cat" = String, Path, example = "Xk93hq0aZb")),
    responses(
        (status = 200, body = DecisionBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-path`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`, `account-closed`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn set_trading(
    courtier: Courtier,
    engine: Data<EngineHandle>,
    cat: Path<CatId>,
    body: Json<TradingBody>,
) -> Result<Json<DecisionBody>, Problem> {
    let command = trading(Some(cat.into_inner()), body.stopped);
    decide(&courtier, &IdempotencyKey(None), &engine, command).await
}

/// The kill switch: stops all trading, or lets all trade again.
#[utoipa::path(
    put, path = "/v1/court/trading", tag = "court", security(("access_token" = [])), request_body = TradingBody,
    responses(
        (status = 200, body = DecisionBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn set_all_trading(
    courtier: Courtier,
    engine: Data<EngineHandle>,
    body: Json<TradingBody>,
) -> Result<Json<DecisionBody>, Problem> {
    let command = trading(None, body.stopped);
    decide(&courtier, &IdempotencyKey(None), &engine, command).await
}

/// Opens, closes, halts, resumes a market (or `all`), or calls an auction in it.
#[utoipa::path(
    post, path = "/v1/court/markets/{market}/session", tag = "court", security(("access_token" = [])), request_body = SessionBody,
    params(("market" = String, Path, example = "mouse-prime"), ("Idempotency-Key" = Option<String>, Header, example = "halt-1")),
    responses(
        (status = 200, body = DecisionBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`, `invalid-idempotency-key`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `invalid-moment`", body = Problem),
        (status = 429, description = "`too-many-requests`", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`, `market-not-open`", body = Problem),
    )
)]
pub(super) async fn set_session(
    courtier: Courtier,
    key: IdempotencyKey,
    engine: Data<EngineHandle>,
    market: Path<String>,
    body: Json<SessionBody>,
) -> Result<Json<DecisionBody>, Problem> {
    let market = one_or_all(&market)?;
    let command = match body.into_inner() {
        SessionBody::Open => Command::OpenMarket { market },
        SessionBody::Close => Command::CloseMarket { market },
        SessionBody::Halt => Command::Halt { market },
        SessionBody::Resume { auction_until } => Command::Resume {
            market,
            auction_until: auction_until.map(Moment::from),
        },
        SessionBody::Auction { auction, ends_at } => Command::CallAuction {
            market,
            auction,
            ends_at: ends_at.map(Moment::from),
        },
    };
    decide(&courtier, &key, &engine, command).await
}

fn trading(cat: Option<CatId>, is_stopped: bool) -> Command {
    if is_stopped {
        Command::StopTrading { cat }
    } else {
        Command::AllowTrading { cat }
    }
}

fn transfer(courtier: &Courtier, cat: CatId, body: &TransferBody) -> Result<Transfer, Problem> {
    if !(1..=MAX_REASON_BYTES).contains(&body.reason.len()) {
        let detail = format!("say why in 1 to {MAX_REASON_BYTES} bytes");
        return Err(Problem::unprocessable("invalid-reason", detail));
    }
    Ok(Transfer {
        cat,
        amount: body.amount,
        reason: format!("{}: {}", courtier.0.cat(), body.reason),
    })
}

async fn move_kibbles(
    courtier: &Courtier,
    key: &IdempotencyKey,
    engine: &EngineHandle,
    (cat, body): (CatId, &TransferBody),
    command: fn(Transfer) -> Command,
) -> Result<Json<AccountBody>, Problem> {
    let transfer = transfer(courtier, cat.clone(), body)?;
    let submission = submission(courtier, key, command(transfer));
    let seen = engine.submit_and_look(submission, move |exchange, outcome| match outcome {
        Outcome::Refused(why) => Err(refusal::refused(why)),
        _ => Ok(account_body(exchange, cat)),
    });
    seen.await.map_err(outage::stopped)?.map(Json)
}

async fn decide(
    courtier: &Courtier,
    key: &IdempotencyKey,
    engine: &EngineHandle,
    command: Command,
) -> Result<Json<DecisionBody>, Problem> {
    let submission = submission(courtier, key, command);
    match engine.submit(submission).await.map_err(outage::stopped)? {
        Outcome::Refused(why) => Err(refusal::refused(why)),
        outcome => Ok(Json(DecisionBody {
            changed: outcome != Outcome::Unchanged,
        })),
    }
}

fn submission(courtier: &Courtier, key: &IdempotencyKey, command: Command) -> Submission {
    Submission {
        source: key.source(&courtier.0.cat()),
        ..Submission::from(command)
    }
}
