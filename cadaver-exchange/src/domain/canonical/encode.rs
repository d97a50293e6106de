//! State to bytes.

use super::{FORM, floors, orders, rules, writer::Writer};
use crate::domain::{
    Exchange, Grade, RodentKind,
    lots::{Lot, LotState},
    order::Order,
};

pub(super) fn encode(exchange: &Exchange) -> Vec<u8> {
    let mut w = Writer::default();
    w.byte(FORM);
    w.flag(exchange.opened);
    rules::write(&mut w, &exchange.rules);
    w.i64(exchange.now.millis());
    for counter in [
        exchange.last_order,
        exchange.last_trade,
        exchange.last_event,
    ] {
        w.u64(counter);
    }
    floors::write(&mut w, exchange);
    w.flag(exchange.stopped);
    ledger(&mut w, exchange);
    cats(&mut w, exchange);
    lots(&mut w, exchange);
    let all = in_order(exchange);
    w.length(all.len());
    for order in &all {
        orders::write(&mut w, order);
    }
    queues(&mut w, all);
    closed(&mut w, exchange);
    w.0
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
        w.flag(cat.stopped);
        rules::write_caps(w, cat.caps);
        w.option(cat.policies.as_deref(), |w, policies| {
            policies
                .iter()
                .for_each(|policy| rules::write_policy(w, policy));
        });
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
    w.i64(lot.paid_fee.0);
}

/// All orders, open and closed, by number.
fn in_order(exchange: &Exchange) -> Vec<&Order> {
    let closed = exchange.cats.iter().flat_map(|(_, cat)| cat.closed.iter());
    let mut all: Vec<&Order> = exchange.orders.iter().chain(closed).collect();
    all.sort_unstable_by_key(|order| order.number);
    all
}

/// The open orders as their queues will serve them: ranks themselves depend on how the queues came to be.
fn queues(w: &mut Writer, mut all: Vec<&Order>) {
    all.retain(|order| order.state.is_live());
    all.sort_unstable_by_key(|order| order.rank);
    w.length(all.len());
    for order in all {
        w.u64(order.number.0);
    }
}

/// In which order each cat's orders closed, as that decides which is forgotten first.
fn closed(w: &mut Writer, exchange: &Exchange) {
    for (_, cat) in exchange.cats.iter() {
        w.length(cat.closed.len());
        for order in cat.closed.iter() {
            w.u64(order.number.0);
        }
    }
}
