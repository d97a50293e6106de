//! What the engine tells, in the words of the shared events.

use crate::{
    domain::{
        CatIx, Command, Event, Exchange, LotIx, Market, Moment, NewOrder, Phase, Terms,
        command::Request,
        event::{Amended, CancelReason, Listing, Output, RejectReason, Trade, Withdrawal},
        exchange::RequestRefusal,
        terms::{OrderKind, SelfTrade, TimeInForce},
    },
    storage::StoredEvent,
};
use chrono::{DateTime, Utc};
use shared_events::events::{
    Grade, MarketState,
    cadaver_exchange::{
        AccountChanged, CommandRefused, LotListed, LotRegraded, LotSpoiled, LotWithdrawn,
        MarketStateChanged, OrderAccepted, OrderAmended, OrderCancelled, OrderRejected, OrderTerms,
        OrderTriggered, TradeExecuted,
    },
};
use shared_events::id::TradeId;

const MILLIGRAMS_PER_GRAM: f64 = 1_000.0;

/// The events of the command that was carried out last.
pub(crate) fn stored(
    exchange: &Exchange,
    at: Moment,
    command: &Command,
    out: &Output,
) -> Vec<StoredEvent> {
    let teller = Teller {
        exchange,
        command,
        out,
        at: at.to_utc(),
    };
    out.events.iter().map(|event| teller.tell(event)).collect()
}

struct Teller<'a> {
    exchange: &'a Exchange,
    command: &'a Command,
    out: &'a Output,
    at: DateTime<Utc>,
}

impl Teller<'_> {
    fn tell(&self, event: &Event) -> StoredEvent {
        let at = self.at;
        match *event {
            Event::PhaseChanged { market, phase } => self.phase_changed(market, phase),
            Event::LotListed {
                lot,
                grade,
                listing,
            } => self.lot_listed(lot, grade, listing),
            Event::LotRegraded {
                lot,
                owner,
                from,
                to,
                listing,
            } => StoredEvent::of(&LotRegraded {
                lot: self.exchange.lot_id(lot).clone(),
                owner: self.exchange.cat_id(owner).clone(),
                from,
                to: to.grade(),
                market: to.id(),
                ask: listing.map(|listing| listing.price),
                order: listing.map(|listing| self.exchange.order_id(listing.order)),
                regraded_at: at,
            }),
            Event::LotSpoiled { lot, owner } => self.lot_spoiled(lot, owner),
            Event::LotWithdrawn { lot, owner, why } => self.lot_withdrawn(lot, owner, why),
            Event::OrderAccepted(_) => self.order_accepted(),
            Event::OrderRejected(reason) => self.order_rejected(reason),
            Event::OrderAmended(ref amended) => self.order_amended(amended),
            Event::RequestRefused(why) => self.request_refused(why),
            Event::OrderTriggered {
                order,
                cat,
                market,
                remaining,
            } => StoredEvent::of(&OrderTriggered {
                order: self.exchange.order_id(order),
                cat: self.exchange.cat_id(cat).clone(),
                market: market.id(),
                remaining: Some(u64::from(remaining)),
                triggered_at: at,
            }),
            Event::OrderCancelled {
                order,
                cat,
                market,
                remaining,
                why,
            } => StoredEvent::of(&OrderCancelled {
                order: self.exchange.order_id(order),
                cat: self.exchange.cat_id(cat).clone(),
                market: market.id(),
                remaining: u64::from(remaining),
                reason: cancel_word(why).to_owned(),
                cancelled_at: at,
            }),
            Event::TradeExecuted(ref trade) => self.trade_executed(trade),
            Event::AccountChanged {
                cat,
                balance,
                held,
                why,
            } => StoredEvent::of(&AccountChanged {
                cat: self.exchange.cat_id(cat).clone(),
                balance,
                held,
                reason: why.word().to_owned(),
                changed_at: at,
            }),
        }
    }

    fn phase_changed(&self, market: Market, phase: Phase) -> StoredEvent {
        StoredEvent::of(&MarketStateChanged {
            market: market.id(),
            kind: market.kind(),
            grade: market.grade(),
            state: market_state(phase),
            phase: Some(phase.name().to_owned()),
            changed_at: self.at,
        })
    }

    fn order_amended(&self, amended: &Amended) -> StoredEvent {
        StoredEvent::of(&OrderAmended {
            order: self.exchange.order_id(amended.order),
            cat: self.exchange.cat_id(amended.cat).clone(),
            market: amended.market.id(),
            quantity: u64::from(amended.quantity),
            remaining: u64::from(amended.remaining),
            price: amended.price,
            waiting: amended.waits,
            amended_at: self.at,
        })
    }

    fn lot_listed(&self, lot: LotIx, grade: Grade, listing: Option<Listing>) -> StoredEvent {
        let record = self.exchange.lot_record(lot);
        StoredEvent::of(&LotListed {
            lot: self.exchange.lot_id(lot).clone(),
            jurisdiction: self.exchange.jurisdiction(record).to_owned(),
            owner: self.exchange.cat_id(record.hunter).clone(),
            kind: record.kind,
            grade,
            market: Market::of(record.kind, grade).map(Market::id),
            species: self.exchange.species(record).map(str::to_owned),
            mass_grams: record
                .mass_mg
                .map(|mass_mg| f64::from(mass_mg) / MILLIGRAMS_PER_GRAM),
            ask: listing.map(|listing| listing.price),
            order: listing.map(|listing| self.exchange.order_id(listing.order)),
            caught_at: record.caught_at.to_utc(),
            listed_at: self.at,
        })
    }

    fn lot_spoiled(&self, lot: LotIx, owner: CatIx) -> StoredEvent {
        StoredEvent::of(&LotSpoiled {
            lot: self.exchange.lot_id(lot).clone(),
            owner: self.exchange.cat_id(owner).clone(),
            spoiled_at: self.at,
        })
    }

    fn lot_withdrawn(&self, lot: LotIx, owner: CatIx, why: Withdrawal) -> StoredEvent {
        StoredEvent::of(&LotWithdrawn {
            lot: self.exchange.lot_id(lot).clone(),
            owner: self.exchange.cat_id(owner).clone(),
            reason: self.withdrawal(why),
            withdrawn_at: self.at,
        })
    }

    fn trade_executed(&self, trade: &Trade) -> StoredEvent {
        let lots = self.out.lots_of(trade).iter();
        StoredEvent::of(&TradeExecuted {
            trade: TradeId::new(trade.number.to_string())
                .expect("digits keep the rule of identifiers"),
            market: trade.market.id(),
            price: trade.price,
            quantity: u64::from(trade.quantity),
            lots: lots.map(|lot| self.exchange.lot_id(*lot).clone()).collect(),
            buyer: self.exchange.cat_id(trade.buyer).clone(),
            seller: self.exchange.cat_id(trade.seller).clone(),
            buy_order: self.exchange.order_id(trade.buy_order),
            buy_order_remaining: u64::from(trade.buy_remaining),
            sell_order: self.exchange.order_id(trade.sell_order),
            sell_order_remaining: u64::from(trade.sell_remaining),
            taker: trade.taker,
            buyer_fee: trade.buyer_fee,
            seller_fee: trade.seller_fee,
            executed_at: self.at,
        })
    }

    fn new_order(&self) -> &NewOrder {
        match self.command {
            Command::PlaceOrder(order) => order,
            other => unreachable!("{other:?} places no order, so none is accepted or refused"),
        }
    }

    fn order_accepted(&self) -> StoredEvent {
        let order = self.new_order();
        let market: Result<Market, _> = order.market.parse();
        StoredEvent::of(&OrderAccepted {
            order: order.order.clone(),
            cat: order.cat.clone(),
            market: market.expect("an accepted order names a market").id(),
            side: order.side,
            quantity: order.quantity,
            price: order.price,
            client_order_id: order.client_order_id.clone(),
            terms: terms(&order.terms),
            accepted_at: self.at,
        })
    }

    fn order_rejected(&self, reason: RejectReason) -> StoredEvent {
        let order = self.new_order();
        StoredEvent::of(&OrderRejected {
            order: order.order.clone(),
            cat: order.cat.clone(),
            market: order.market.clone(),
            code: reason.code().to_owned(),
            detail: reason.to_string(),
            client_order_id: order.client_order_id.clone(),
            rejected_at: self.at,
        })
    }

    fn request_refused(&self, why: RequestRefusal) -> StoredEvent {
        let (command, cat, order) = match self.command {
            Command::Request {
                id,
                what: Request::AmendOrder(amendment),
            } => (id, &amendment.cat, &amendment.order),
            Command::Request {
                id,
                what: Request::CancelOrder { cat, order },
            } => (id, cat, order),
            other => unreachable!("{other:?} asks for no one order, so no refusal of it is told"),
        };
        StoredEvent::of(&CommandRefused {
            command: command.clone(),
            cat: cat.clone(),
            order: order.clone(),
            code: why.code().to_owned(),
            detail: why.to_string(),
            refused_at: self.at,
        })
    }

    fn withdrawal(&self, why: Withdrawal) -> String {
        match (why, self.command) {
            (Withdrawal::CaptureVoided, Command::VoidCapture { reason, .. }) => {
                format!("capture voided: {reason}")
            }
            (Withdrawal::CaptureVoided, _) => "capture voided".to_owned(),
            (Withdrawal::CatErased, _) => "cat erased".to_owned(),
        }
    }
}

/// What an order asks for beyond a plain limit order; nothing for one of those.
fn terms(terms: &Terms) -> Option<OrderTerms> {
    if terms.is_plain() {
        return None;
    }
    let (time_in_force, expires_at) = match terms.time_in_force {
        TimeInForce::Gtc => ("gtc", None),
        TimeInForce::Ioc => ("ioc", None),
        TimeInForce::Fok => ("fok", None),
        TimeInForce::Day => ("day", None),
        TimeInForce::Gtd { until } => ("gtd", Some(until.to_utc())),
    };
    let kind = match terms.kind {
        OrderKind::Limit => "limit",
        OrderKind::Market => "market",
    };
    Some(OrderTerms {
        kind: kind.to_owned(),
        time_in_force: time_in_force.to_owned(),
        expires_at,
        post_only: terms.post_only,
        display_quantity: terms.display_quantity.map(u64::from),
        stop_price: terms.stop_price,
        self_trade: (terms.self_trade != SelfTrade::default())
            .then(|| terms.self_trade.word().to_owned()),
    })
}

/// What a phase means for those who know only whether orders are taken.
pub(crate) const fn market_state(phase: Phase) -> MarketState {
    match phase {
        Phase::Continuous | Phase::Auction(_) => MarketState::Open,
        Phase::Halted | Phase::Uncrossing(_) => MarketState::Halted,
        Phase::Closed => MarketState::Closed,
    }
}

const fn cancel_word(why: CancelReason) -> &'static str {
    match why {
        CancelReason::Cat => "cat",
        CancelReason::SelfTrade => "self-trade",
        CancelReason::Regraded => "regraded",
        CancelReason::Spoiled => "spoiled",
        CancelReason::Voided => "voided",
        CancelReason::CatErased => "cat-erased",
        CancelReason::Expired => "expired",
        CancelReason::Unfilled => "unfilled",
        CancelReason::OutOfKibbles => "out-of-kibbles",
        CancelReason::Volatility => "volatility",
        CancelReason::TradingStopped => "trading-stopped",
    }
}
