//! State to bytes.

use super::{FORM, writer::Writer};
use crate::domain::{
    Exchange, Grade, RodentKind, Rules, Side,
    lots::{Lot, LotState},
    order::{Order, OrderState, Origin},
};

pub(super) fn encode(exchange: &Exchange) -> Vec<u8> {
    let mut w = Writer::default();
    w.byte(FORM);
    w.flag(exchange.opened);
    rules(&mut w, &exchange.rules);
    w.i64(exchange.now.millis());
    for counter in [
        exchange.last_order,
        exchange.last_trade,
        exchange.last_event,
    ] {
        w.u64(counter);
    }
    for price in exchange.last_prices {
        w.option(price, |w, price| w.i64(price.0));
    }
    ledger(&mut w, exchange);
    cats(&mut w, exchange);
    lots(&mut w, exchange);
    let all = exchange.orders.in_order();
    w.length(all.len());
    for one in all {
        order(&mut w, one);
    }
    closed(&mut w, exchange);
    w.0
}

fn rules(w: &mut Writer, rules: &Rules) {
    w.i64(rules.freshness.prime_until_ms);
    w.i64(rules.freshness.standard_until_ms);
    w.i64(rules.freshness.salvage_until_ms);
    for price in rules.listing_prices {
        w.option(price, |w, price| w.i64(price.0));
    }
    w.i64(rules.welcome_grant.0);
}

fn ledger(w: &mut Writer, exchange: &Exchange) {
    w.u64(exchange.ledger.postings);
    for balance in exchange.ledger.house.iter().flatten() {
        w.i64(*balance);
    }
    w.length(exchange.ledger.wallets.len());
    for wallet in &exchange.ledger.wallets {
        for balance in wallet.available.iter().chain(&wallet.held) {
            w.i64(*balance);
        }
    }
}

fn cats(w: &mut Writer, exchange: &Exchange) {
    w.length(exchange.cats.len());
    for (id, cat) in exchange.cats.iter() {
        w.text(id.as_str());
        w.flag(cat.welcomed);
        w.flag(cat.erased);
    }
}

fn lots(w: &mut Writer, exchange: &Exchange) {
    for names in [exchange.lots.species(), exchange.lots.jurisdictions()] {
        w.length(names.len());
        names.iter().for_each(|name| w.text(name));
    }
    w.length(exchange.lots.voided_ahead.len());
    exchange
        .lots
        .voided_ahead
        .iter()
        .for_each(|id| w.text(id.as_str()));
    w.length(exchange.lots.len());
    for (id, record) in exchange.lots.iter() {
        w.text(id.as_str());
        lot(w, record);
    }
}

fn lot(w: &mut Writer, lot: &Lot) {
    w.byte(match lot.state {
        LotState::Stocked => 0,
        LotState::Spoiled => 1,
        LotState::Withdrawn => 2,
    });
    w.byte(match lot.kind {
        RodentKind::Mouse => 0,
        RodentKind::Rat => 1,
    });
    w.byte(match lot.grade {
        Grade::Prime => 0,
        Grade::Standard => 1,
        Grade::Salvage => 2,
        Grade::Spoiled => 3,
    });
    w.u32(lot.hunter.get());
    w.u32(lot.owner.get());
    w.option(lot.species, Writer::u32);
    w.u32(lot.jurisdiction);
    w.option(lot.mass_mg, Writer::u32);
    w.i64(lot.caught_at.millis());
    w.i64(lot.listed_at.millis());
    w.option(lot.paid, |w, price| w.i64(price.0));
}

fn order(w: &mut Writer, order: &Order) {
    w.u64(order.number.0);
    w.option(order.id.as_ref(), |w, id| w.text(id.as_str()));
    w.u32(order.cat.get());
    w.text(order.market.name());
    w.flag(order.side == Side::Buy);
    w.flag(order.origin == Origin::Cat);
    w.i64(order.price.0);
    w.u32(order.quantity);
    w.u32(order.remaining);
    w.byte(match order.state {
        OrderState::Open => 0,
        OrderState::Filled => 1,
        OrderState::Cancelled => 2,
    });
    w.i64(order.placed_at.millis());
    w.option(order.closed_at, |w, at| w.i64(at.millis()));
    w.option(order.client_order_id.as_deref(), Writer::text);
}

/// In which order each cat's orders closed, as that decides which is forgotten first.
fn closed(w: &mut Writer, exchange: &Exchange) {
    for (_, cat) in exchange.cats.iter() {
        w.length(cat.closed.len());
        for slot in &cat.closed {
            w.u64(exchange.orders.get(*slot).number.0);
        }
    }
}
