//! A market maker's quote: its bid and its ask in one market, replaced together.

use super::{batch::ResultBody, markets::named, orders::placed, outage, trader::MarketMaker};
use crate::{
    domain::{CancelOrders, Command, Kibbles, NewOrder, Outcome, Side, Terms, order::QUOTE_PREFIX},
    engine::{EngineHandle, Submission},
};
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use service_chassis::http::Problem;
use shared_events::id::{CatId, OrderId};
use utoipa::ToSchema;
use uuid::Uuid;

/// Both sides of a quote; a side that is not named is taken out of the market.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"bid": {"price": 11, "quantity": 20}, "ask": {"price": 13, "quantity": 15}}))]
pub(super) struct QuoteBody {
    /// What it buys at.
    #[serde(default)]
    bid: Option<QuoteSideBody>,
    /// What it sells at.
    #[serde(default)]
    ask: Option<QuoteSideBody>,
}

/// One side of a quote.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteSideBody {
    /// Kibbles per lot.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000)]
    price: Kibbles,
    /// How many lots.
    #[schema(minimum = 1, maximum = 10000)]
    quantity: u64,
}

/// What became of a quote.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuotedBody {
    /// How many orders of the quote before it were taken back.
    #[schema(example = 2)]
    withdrawn: u32,
    /// The bid, or why it was refused; nothing if none was asked for.
    bid: Option<ResultBody>,
    /// The ask, or why it was refused; nothing if none was asked for.
    ask: Option<ResultBody>,
}

/// Replaces a market maker's quote in a market: the quote before it is taken back and the new sides are placed, post-only, with nothing
/// between them. A side that is refused leaves the other one alone, and the old quote is gone in any case.
#[utoipa::path(
    put, path = "/v1/quotes/{market}", tag = "own", security(("access_token" = [])), request_body = QuoteBody,
    params(("market" = String, Path, example = "mouse-prime")),
    responses(
        (status = 200, description = "What became of each side; each as an order alone would have been answered", body = QuotedBody),
        (status = 400, description = "`malformed-json`, `unreadable-body`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 403, description = "`forbidden`: it takes the role `market-maker`", body = Problem),
        (status = 404, description = "`unknown-market`", body = Problem),
        (status = 413, description = "`body-too-large`", body = Problem),
        (status = 415, description = "`not-json`", body = Problem),
        (status = 422, description = "`invalid-body`, `crossed-quote`: the bid is not below the ask", body = Problem),
        (status = 429, description = "`too-many-requests`: each side counts, and the quote itself", body = Problem),
        (status = 503, description = "`unavailable`, `stand-by`, `no-keys`", body = Problem),
    )
)]
pub(super) async fn replace(
    MarketMaker(trader): MarketMaker,
    engine: Data<EngineHandle>,
    market: Path<String>,
    body: Json<QuoteBody>,
) -> Result<Json<QuotedBody>, Problem> {
    let (market, QuoteBody { bid, ask }) = (named(&market)?, body.into_inner());
    if let (Some(bid), Some(ask)) = (bid, ask)
        && bid.price >= ask.price
    {
        let detail = "the bid must be below the ask";
        return Err(Problem::unprocessable("crossed-quote", detail));
    }
    let sides = [(Side::Buy, bid), (Side::Sell, ask)];
    trader.count_more(sides.iter().filter(|(_, side)| side.is_some()).count())?;
    let before = Command::CancelOrders(CancelOrders {
        market: Some(market),
        quotes: true,
        ..CancelOrders::all_of(trader.cat())
    });
    let orders = sides.into_iter().filter_map(|(side, asked)| {
        let order = quoted(trader.cat(), market.name(), side, asked?);
        Some(Command::PlaceOrder(order))
    });
    let commands = std::iter::once(before).chain(orders).map(Submission::from);
    let seen = engine.submit_all_and_look(commands.collect(), move |exchange, outcomes| {
        let mut outcomes = outcomes.into_iter();
        let withdrawn = match outcomes.next() {
            Some(Outcome::OrdersCancelled(orders)) => orders,
            _ => 0,
        };
        let mut next = |asked: Option<QuoteSideBody>| {
            let outcome = asked.and_then(|_| outcomes.next());
            outcome.map(|outcome| placed(exchange, outcome).into())
        };
        QuotedBody {
            withdrawn,
            bid: next(bid),
            ask: next(ask),
        }
    });
    seen.await.map(Json).map_err(outage::stopped)
}

fn quoted(cat: CatId, market: &str, side: Side, asked: QuoteSideBody) -> NewOrder {
    let id = format!("{QUOTE_PREFIX}{}", Uuid::now_v7());
    NewOrder {
        order: OrderId::new(id).expect("a word and a UUID keep the rule of identifiers"),
        cat,
        market: market.to_owned(),
        side,
        quantity: asked.quantity,
        price: asked.price,
        client_order_id: None,
        terms: Terms {
            post_only: true,
            ..Terms::PLAIN
        },
    }
}
