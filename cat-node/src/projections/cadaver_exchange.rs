//! What cadaver-exchange's events say about `Lot`, `Trade`, `Order` and `Market`.
//!
//! Lots, trades and markets are public, so they name no cat: who caught or owns what is in `Capture` and `Order` only.

use shared_events::events::cadaver_exchange::{
    self, CommandRefused, LotListed, LotRegraded, LotSpoiled, LotWithdrawn, MarketStateChanged,
    OrderAccepted, OrderAmended, OrderCancelled, OrderRejected, OrderTriggered, TradeExecuted,
};
use shared_events::events::{Grade, Kibbles, Side};
use shared_events::id::{CatId, MarketId, OrderId};

use super::class::{CAPTURE, LOT, MARKET, ORDER, TRADE};
use super::value::{for_cat, for_everyone, kibbles, pointer, quantity};
use super::write::{Facet, ProjectionWrite};
use crate::domain::names::ClassName;
use crate::domain::value::{Fields, ParseValue};

/// What a command for an order that the cat does not have is refused with.
const UNKNOWN_ORDER: &str = "unknown-order";

pub(super) fn lot_listed(event: &LotListed, sequence: u64) -> Vec<ProjectionWrite> {
    let listing = Facet::fixed("listing")
        .acl(for_everyone())
        .set("capture", pointer(CAPTURE, event.lot.as_str()))
        .set("jurisdiction", event.jurisdiction.as_str())
        .set("kind", event.kind.as_str())
        .set_known("species", event.species.as_deref())
        .set_known("massGrams", event.mass_grams)
        .set("caughtAt", event.caught_at)
        .set("listedAt", event.listed_at);
    let facets = vec![
        listing,
        grade(event.grade, event.market.as_ref(), sequence),
        match event.grade {
            Grade::Spoiled => off_the_market("spoiled", sequence),
            _ => offer(event.ask, sequence),
        },
    ];
    let lot = ProjectionWrite::new(LOT, event.lot.as_str(), facets);
    let ask = event
        .market
        .as_ref()
        .zip(event.order.as_ref())
        .zip(event.ask);
    let order = ask.map(|((market, order), price)| {
        let ask = LotAsk {
            order,
            cat: &event.owner,
            market,
            price,
            at: event.listed_at,
        };
        ask.write(sequence)
    });
    std::iter::once(lot).chain(order).collect()
}

pub(super) fn lot_regraded(event: &LotRegraded, sequence: u64) -> Vec<ProjectionWrite> {
    let facets = vec![
        grade(event.to, Some(&event.market), sequence),
        offer(event.ask, sequence),
    ];
    let lot = ProjectionWrite::new(LOT, event.lot.as_str(), facets);
    let order = event.order.as_ref().zip(event.ask).map(|(order, price)| {
        let (cat, market) = (&event.owner, &event.market);
        LotAsk {
            order,
            cat,
            market,
            price,
            at: event.regraded_at,
        }
        .write(sequence)
    });
    std::iter::once(lot).chain(order).collect()
}

pub(super) fn lot_spoiled(event: &LotSpoiled, sequence: u64) -> ProjectionWrite {
    let facets = vec![
        grade(Grade::Spoiled, None, sequence),
        off_the_market("spoiled", sequence),
    ];
    ProjectionWrite::new(LOT, event.lot.as_str(), facets)
}

pub(super) fn lot_withdrawn(event: &LotWithdrawn, sequence: u64) -> ProjectionWrite {
    let withdrawal = Facet::fixed("withdrawal")
        .set("withdrawnAt", event.withdrawn_at)
        .set("withdrawReason", event.reason.as_str());
    let facets = vec![withdrawal, off_the_market("withdrawn", sequence)];
    ProjectionWrite::new(LOT, event.lot.as_str(), facets)
}

pub(super) fn order_accepted(event: &OrderAccepted, sequence: u64) -> ProjectionWrite {
    let placed = PlacedOrder {
        cat: &event.cat,
        market: &event.market,
        side: event.side,
        at: event.accepted_at,
    };
    let placed = placed
        .facet(sequence)
        .set_known("clientOrderId", event.client_order_id.as_deref());
    let waits = event
        .terms
        .as_ref()
        .is_some_and(|terms| terms.stop_price.is_some());
    let facets = vec![
        treatment(placed, event.terms.as_ref()),
        asked(event.quantity, event.price, sequence),
        progress(open_or_waiting(waits), event.quantity, sequence),
    ];
    ProjectionWrite::new(ORDER, event.order.as_str(), facets)
}

/// How the order wants to be treated; nothing more of a plain limit order.
fn treatment(placed: Facet, terms: Option<&cadaver_exchange::OrderTerms>) -> Facet {
    let Some(terms) = terms else {
        return placed;
    };
    placed
        .set("type", terms.kind.as_str())
        .set("timeInForce", terms.time_in_force.as_str())
        .set("postOnly", terms.post_only)
        .set_known("expiresAt", terms.expires_at)
        .set_known("displayQuantity", terms.display_quantity.map(quantity))
        .set_known("stopPrice", terms.stop_price.map(kibbles))
        .set_known("selfTrade", terms.self_trade.as_deref())
}

pub(super) fn order_amended(event: &OrderAmended, sequence: u64) -> ProjectionWrite {
    let facets = vec![
        asked(event.quantity, event.price, sequence),
        progress(open_or_waiting(event.waiting), event.remaining, sequence),
    ];
    ProjectionWrite::new(ORDER, event.order.as_str(), facets)
}

pub(super) fn order_triggered(event: &OrderTriggered, sequence: u64) -> ProjectionWrite {
    let open = Facet::numbered("progress", sequence)
        .set("status", open_or_waiting(false))
        .set_known("remaining", event.remaining.map(quantity));
    ProjectionWrite::new(ORDER, event.order.as_str(), vec![open])
}

/// Is kept with the order if it is the cat's own: nobody writes into another's.
pub(super) fn command_refused(event: &CommandRefused, sequence: u64) -> Vec<ProjectionWrite> {
    if event.code == UNKNOWN_ORDER {
        return Vec::new();
    }
    let refusal = Fields::from_iter([
        ("commandId".to_owned(), event.command.as_str().into()),
        ("code".to_owned(), event.code.as_str().into()),
        ("detail".to_owned(), event.detail.as_str().into()),
        ("refusedAt".to_owned(), event.refused_at.into()),
    ]);
    let refusal =
        Facet::numbered("refusal", sequence).set("lastRefusal", ParseValue::Object(refusal));
    vec![ProjectionWrite::new(
        ORDER,
        event.order.as_str(),
        vec![refusal],
    )]
}

pub(super) fn order_rejected(event: &OrderRejected, sequence: u64) -> ProjectionWrite {
    // A rejected order may name what no market can be called: then it leads to none.
    let market = MarketId::new(event.market.as_str()).ok();
    let terms = Facet::numbered("terms", sequence)
        .acl(for_cat(&event.cat))
        .set("cat", pointer(ClassName::USER, event.cat.as_str()))
        .set_known(
            "market",
            market.map(|market| pointer(MARKET, market.as_str())),
        )
        .set_known("clientOrderId", event.client_order_id.as_deref())
        .set("placedAt", event.rejected_at);
    let end = Facet::numbered("end", sequence)
        .set("closedAt", event.rejected_at)
        .set("reasonCode", event.code.as_str())
        .set("reason", event.detail.as_str());
    let facets = vec![terms, progress("rejected", 0, sequence), end];
    ProjectionWrite::new(ORDER, event.order.as_str(), facets)
}

pub(super) fn order_cancelled(event: &OrderCancelled, sequence: u64) -> ProjectionWrite {
    let end = Facet::numbered("end", sequence)
        .set("closedAt", event.cancelled_at)
        .set("reasonCode", event.reason.as_str());
    let facets = vec![progress("cancelled", event.remaining, sequence), end];
    ProjectionWrite::new(ORDER, event.order.as_str(), facets)
}

/// One trade, its lots, both its orders and its market.
pub(super) fn trade_executed(event: &TradeExecuted, sequence: u64) -> Vec<ProjectionWrite> {
    let lots = event
        .lots
        .iter()
        .map(|lot| pointer(LOT, lot.as_str()))
        .collect();
    let trade = Facet::fixed("trade")
        .acl(for_everyone())
        .set("market", pointer(MARKET, event.market.as_str()))
        .set("price", kibbles(event.price))
        .set("quantity", quantity(event.quantity))
        .set("lots", ParseValue::Array(lots))
        .set("taker", event.taker.as_str())
        .set("executedAt", event.executed_at);
    let market = Facet::numbered("last_trade", sequence)
        .set("lastTrade", trade_pointer(event))
        .set("lastPrice", kibbles(event.price))
        .set("lastTradeAt", event.executed_at);
    let mut writes = vec![
        ProjectionWrite::new(TRADE, event.trade.as_str(), vec![trade]),
        ProjectionWrite::new(MARKET, event.market.as_str(), vec![market]),
        order_filled(event, &event.buy_order, event.buy_order_remaining, sequence),
        order_filled(
            event,
            &event.sell_order,
            event.sell_order_remaining,
            sequence,
        ),
    ];
    writes.extend(event.lots.iter().map(|lot| {
        let sale = Facet::numbered("sale", sequence)
            .set("lastTrade", trade_pointer(event))
            .set("soldPrice", kibbles(event.price))
            .set("soldAt", event.executed_at);
        ProjectionWrite::new(LOT, lot.as_str(), vec![sale, offer(None, sequence)])
    }));
    writes
}

pub(super) fn market_state_changed(event: &MarketStateChanged, sequence: u64) -> ProjectionWrite {
    let state = Facet::numbered("state", sequence)
        .acl(for_everyone())
        .set("kind", event.kind.as_str())
        .set("grade", event.grade.as_str())
        .set("state", event.state.as_str())
        .set("stateChangedAt", event.changed_at);
    ProjectionWrite::new(MARKET, event.market.as_str(), vec![state])
}

/// What of an order never changes.
struct PlacedOrder<'a> {
    cat: &'a CatId,
    market: &'a MarketId,
    side: Side,
    at: chrono::DateTime<chrono::Utc>,
}

impl PlacedOrder<'_> {
    fn facet(&self, sequence: u64) -> Facet {
        Facet::numbered("terms", sequence)
            .acl(for_cat(self.cat))
            .set("cat", pointer(ClassName::USER, self.cat.as_str()))
            .set("market", pointer(MARKET, self.market.as_str()))
            .set("side", self.side.as_str())
            .set("placedAt", self.at)
    }
}

/// The order that the exchange places for a lot by its owner's policy: it is announced with the lot only.
struct LotAsk<'a> {
    order: &'a OrderId,
    cat: &'a CatId,
    market: &'a MarketId,
    price: Kibbles,
    at: chrono::DateTime<chrono::Utc>,
}

impl LotAsk<'_> {
    fn write(&self, sequence: u64) -> ProjectionWrite {
        let Self {
            cat,
            market,
            price,
            at,
            ..
        } = *self;
        let placed = PlacedOrder {
            cat,
            market,
            side: Side::Sell,
            at,
        };
        let facets = vec![
            placed.facet(sequence),
            asked(1, price, sequence),
            progress("open", 1, sequence),
        ];
        ProjectionWrite::new(ORDER, self.order.as_str(), facets)
    }
}

fn order_filled(
    event: &TradeExecuted,
    order: &OrderId,
    remaining: u64,
    sequence: u64,
) -> ProjectionWrite {
    let fill = Facet::numbered("fill", sequence).set("lastTrade", trade_pointer(event));
    let status = if remaining == 0 { "filled" } else { "open" };
    let mut facets = vec![fill, progress(status, remaining, sequence)];
    if remaining == 0 {
        facets.push(Facet::numbered("end", sequence).set("closedAt", event.executed_at));
    }
    ProjectionWrite::new(ORDER, order.as_str(), facets)
}

/// What an order asks for, which its cat may change.
fn asked(lots: u64, price: Kibbles, sequence: u64) -> Facet {
    Facet::numbered("asked", sequence)
        .set("quantity", quantity(lots))
        .set("price", kibbles(price))
}

const fn open_or_waiting(waits: bool) -> &'static str {
    if waits { "waiting" } else { "open" }
}

fn progress(status: &'static str, remaining: u64, sequence: u64) -> Facet {
    Facet::numbered("progress", sequence)
        .set("status", status)
        .set("remaining", quantity(remaining))
}

fn grade(grade: Grade, market: Option<&MarketId>, sequence: u64) -> Facet {
    Facet::numbered("grade", sequence)
        .set("grade", grade.as_str())
        .set_or_null(
            "market",
            market.map(|market| pointer(MARKET, market.as_str())),
        )
}

/// `listed` at this price, or `owned` and not for sale.
fn offer(ask: Option<Kibbles>, sequence: u64) -> Facet {
    Facet::numbered("offer", sequence)
        .set("state", if ask.is_some() { "listed" } else { "owned" })
        .set_or_null("ask", ask.map(kibbles))
}

fn off_the_market(state: &'static str, sequence: u64) -> Facet {
    Facet::numbered("offer", sequence)
        .set("state", state)
        .set("ask", ParseValue::Null)
}

fn trade_pointer(event: &TradeExecuted) -> ParseValue {
    pointer(TRADE, event.trade.as_str())
}
