//! Bytes to state; what is not written is rebuilt.

use super::{
    FORM, floors,
    floors::moment,
    orders,
    reader::{DecodeStateError, Reader},
    rules::{self, kibbles},
};
use crate::domain::{
    CatIx, Exchange, Grade, Kibbles, LotIx, Market, OrderNumber, RodentKind,
    ledger::{House, Wallet},
    listing_policy::ListingPolicy,
    lots::{Lot, LotState},
    order::{Order, OrderState},
    rules::CLOSED_ORDERS_KEPT,
};
use DecodeStateError::Impossible;
use rustc_hash::FxHashMap;
use shared_events::id::{CatId, LotId};

type Decode<T> = Result<T, DecodeStateError>;

/// How many accounts the house had in the first form.
const HOUSE_ACCOUNTS_OF_FORM_1: usize = 6;

pub(super) fn decode(bytes: &[u8]) -> Decode<Exchange> {
    let mut r = Reader::new(bytes);
    r.form = r.byte()?;
    if !(1..=FORM).contains(&r.form) {
        return Err(DecodeStateError::UnknownForm(r.form));
    }
    let mut exchange = Exchange {
        opened: r.flag()?,
        rules: rules::read(&mut r)?,
        now: moment(&mut r)?,
        ..Exchange::default()
    };
    exchange.last_order = r.u64()?;
    exchange.last_trade = r.u64()?;
    exchange.last_event = r.u64()?;
    floors::read(&mut r, &mut exchange)?;
    if r.form >= 2 {
        exchange.stopped = r.flag()?;
    }
    ledger(&mut r, &mut exchange)?;
    cats(&mut r, &mut exchange)?;
    lots(&mut r, &mut exchange)?;
    read_orders(&mut r, &mut exchange)?;
    r.finish()?;
    exchange.book_changes.clear();
    rebuild_leaving(&mut exchange);
    exchange
        .lots
        .reschedule_all(&exchange.rules.freshness.clone());
    exchange
        .audit()
        .map_err(|_| Impossible("set of balances"))?;
    Ok(exchange)
}

fn ledger(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    exchange.ledger.postings = r.u64()?;
    let accounts = if r.form < 2 {
        HOUSE_ACCOUNTS_OF_FORM_1
    } else {
        House::COUNT
    };
    for balance in exchange.ledger.house[..accounts].iter_mut().flatten() {
        *balance = r.i64()?;
    }
    r.list(|r| {
        let mut wallet = Wallet::default();
        for balance in wallet.available.iter_mut().chain(&mut wallet.held) {
            *balance = r.i64()?;
        }
        exchange.ledger.wallets.push(wallet);
        Ok(())
    })
}

fn cats(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    r.list(|r| {
        let id = CatId::new(r.text()?).map_err(|_| Impossible("cat id"))?;
        let cat = exchange.cats.add(id);
        let record = exchange.cats.get_mut(cat);
        record.welcomed = r.flag()?;
        record.erased = r.flag()?;
        if r.form >= 2 {
            record.stopped = r.flag()?;
            record.caps = rules::read_caps(r)?;
            record.policies = r.option(|r| {
                let mut policies = Box::new([ListingPolicy::default(); Market::COUNT]);
                for policy in policies.iter_mut() {
                    *policy = rules::read_policy(r)?;
                }
                Ok(policies)
            })?;
        }
        Ok(())
    })?;
    if exchange.cats.len() == exchange.ledger.wallets.len() {
        Ok(())
    } else {
        Err(Impossible("number of cats"))
    }
}

pub(super) fn cat(r: &mut Reader<'_>, exchange: &Exchange) -> Decode<CatIx> {
    let cat = CatIx::new(r.u32()?);
    if cat.index() < exchange.cats.len() {
        Ok(cat)
    } else {
        Err(Impossible("cat"))
    }
}

fn lots(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    r.list(|r| {
        exchange.lots.number_of_species(r.text()?);
        Ok(())
    })?;
    r.list(|r| {
        exchange.lots.number_of_jurisdiction(r.text()?);
        Ok(())
    })?;
    r.list(|r| {
        exchange.lots.voided_ahead.insert(lot_id(r)?);
        Ok(())
    })?;
    r.list(|r| {
        let id = lot_id(r)?;
        let lot = lot(r, exchange)?;
        if exchange.lots.find(&id).is_some() {
            return Err(Impossible("second lot of one id"));
        }
        let (owner, market, caught_at) = (lot.owner, lot.market(), lot.caught_at);
        let ix: LotIx = exchange.lots.add(id, lot);
        if let Some(market) = market {
            exchange.cats.get_mut(owner).stock[market.index()].add(caught_at, ix);
        }
        Ok(())
    })
}

fn lot_id(r: &mut Reader<'_>) -> Decode<LotId> {
    LotId::new(r.text()?).map_err(|_| Impossible("lot id"))
}

fn lot(r: &mut Reader<'_>, exchange: &Exchange) -> Decode<Lot> {
    let state = match r.byte()? {
        0 => LotState::Stocked,
        1 => LotState::Spoiled,
        2 => LotState::Withdrawn,
        _ => return Err(Impossible("state of a lot")),
    };
    let kind = match r.byte()? {
        0 => RodentKind::Mouse,
        1 => RodentKind::Rat,
        _ => return Err(Impossible("kind of rodent")),
    };
    let grade = match r.byte()? {
        0 => Grade::Prime,
        1 => Grade::Standard,
        2 => Grade::Salvage,
        _ => return Err(Impossible("grade")),
    };
    let (hunter, owner) = (cat(r, exchange)?, cat(r, exchange)?);
    let species = r.option(Reader::u32)?;
    let jurisdiction = r.u32()?;
    let species_known =
        species.is_none_or(|number| (number as usize) < exchange.lots.species().len());
    if !species_known || jurisdiction as usize >= exchange.lots.jurisdictions().len() {
        return Err(Impossible("name of a lot's species or jurisdiction"));
    }
    Ok(Lot {
        state,
        kind,
        grade,
        hunter,
        owner,
        species,
        jurisdiction,
        mass_mg: r.option(Reader::u32)?,
        caught_at: moment(r)?,
        listed_at: moment(r)?,
        paid: r.option(kibbles)?,
        paid_fee: if r.form < 2 { Kibbles(0) } else { kibbles(r)? },
    })
}

fn read_orders(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    let mut live = Vec::new();
    let mut closed = FxHashMap::default();
    r.list(|r| {
        let order: Order = orders::read(r, exchange)?;
        let (cat, number, is_live) = (order.cat, order.number, order.state.is_live());
        if exchange.orders.find(number).is_some() || closed.contains_key(&number) {
            return Err(Impossible("second order of one number"));
        }
        if let Some(name) = order.client_order_id.clone() {
            let names = &mut exchange.cats.get_mut(cat).client_order_ids;
            names.insert(name, number);
        }
        if !is_live {
            exchange.orders.note_closed(&order);
            closed.insert(number, order);
            return Ok(());
        }
        live.push(number);
        exchange.enlist(order);
        Ok(())
    })?;
    if r.form < 2 {
        // Queues were in the order of the numbers.
        live.into_iter()
            .try_for_each(|number| queue_up(exchange, number))?;
    } else {
        let mut queued = 0;
        r.list(|r| {
            queued += 1;
            queue_up(exchange, OrderNumber(r.u64()?))
        })?;
        if queued != live.len() {
            return Err(Impossible("number of open orders"));
        }
    }
    for index in 0..exchange.cats.len() {
        let cat = CatIx::new(u32::try_from(index).map_err(|_| Impossible("number of cats"))?);
        r.list(|r| {
            let order = closed
                .remove(&OrderNumber(r.u64()?))
                .filter(|order: &Order| order.cat == cat)
                .ok_or(Impossible("closed order"))?;
            let kept = &mut exchange.cats.get_mut(cat).closed;
            if kept.len() == CLOSED_ORDERS_KEPT {
                return Err(Impossible("number of closed orders"));
            }
            kept.push(order, |_| {});
            Ok(())
        })?;
    }
    if !closed.is_empty() {
        return Err(Impossible("closed order"));
    }
    Ok(())
}

/// Puts an open order at the end of its queue, once.
fn queue_up(exchange: &mut Exchange, number: OrderNumber) -> Decode<()> {
    let slot = exchange
        .orders
        .find(number)
        .ok_or(Impossible("open order"))?;
    exchange.last_rank += 1;
    let rank = exchange.last_rank;
    let order = exchange.orders.get_mut(slot);
    let is_new = std::mem::replace(&mut order.rank, rank) == 0;
    match order.state {
        OrderState::Waiting if is_new => exchange.wait_as_ranked(slot),
        OrderState::Open if is_new && order.shown > 0 => exchange.rest_as_ranked(slot),
        _ => return Err(Impossible("open order")),
    }
    Ok(())
}

fn rebuild_leaving(exchange: &mut Exchange) {
    let with_stock = |exchange: &Exchange, cat: CatIx| {
        let cat = exchange.cats.get(cat);
        cat.erased && cat.stock.iter().any(|stock| stock.len() > 0)
    };
    let all = 0..u32::try_from(exchange.cats.len()).unwrap_or(u32::MAX);
    exchange.leaving = all
        .map(CatIx::new)
        .filter(|cat| with_stock(exchange, *cat))
        .collect();
    let stops = |cat: &CatIx| !exchange.may_trade(*cat) && exchange.an_order_of(*cat).is_some();
    exchange.stopping = exchange.cats.all().filter(stops).collect();
}
