//! Bytes to state; what is not written is rebuilt.

use super::{
    FORM,
    reader::{DecodeStateError, Reader},
};
use crate::domain::{
    CatIx, Exchange, Grade, Kibbles, LotIx, Market, Moment, OrderNumber, RodentKind, Rules, Side,
    freshness::Freshness,
    ledger::Wallet,
    lots::{Lot, LotState},
    order::{Order, OrderState, Origin},
};
use DecodeStateError::Impossible;
use shared_events::id::{CatId, LotId, OrderId};

type Decode<T> = Result<T, DecodeStateError>;

pub(super) fn decode(bytes: &[u8]) -> Decode<Exchange> {
    let mut r = Reader::new(bytes);
    match r.byte()? {
        FORM => {}
        other => return Err(DecodeStateError::UnknownForm(other)),
    }
    let mut exchange = Exchange {
        opened: r.flag()?,
        rules: rules(&mut r)?,
        now: moment(&mut r)?,
        ..Exchange::default()
    };
    exchange.last_order = r.u64()?;
    exchange.last_trade = r.u64()?;
    exchange.last_event = r.u64()?;
    for price in &mut exchange.last_prices {
        *price = r.option(kibbles)?;
    }
    ledger(&mut r, &mut exchange)?;
    cats(&mut r, &mut exchange)?;
    lots(&mut r, &mut exchange)?;
    orders(&mut r, &mut exchange)?;
    r.finish()?;
    rebuild_leaving(&mut exchange);
    exchange
        .lots
        .reschedule_all(&exchange.rules.freshness.clone());
    exchange
        .audit()
        .map_err(|_| Impossible("set of balances"))?;
    Ok(exchange)
}

fn moment(r: &mut Reader<'_>) -> Decode<Moment> {
    r.i64().map(Moment::from_millis)
}

fn kibbles(r: &mut Reader<'_>) -> Decode<Kibbles> {
    r.i64().map(Kibbles)
}

fn rules(r: &mut Reader<'_>) -> Decode<Rules> {
    let freshness = Freshness {
        prime_until_ms: r.i64()?,
        standard_until_ms: r.i64()?,
        salvage_until_ms: r.i64()?,
    };
    let mut listing_prices = [None; Market::COUNT];
    for price in &mut listing_prices {
        *price = r.option(kibbles)?;
    }
    Ok(Rules {
        freshness,
        listing_prices,
        welcome_grant: kibbles(r)?,
    })
}

fn ledger(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    exchange.ledger.postings = r.u64()?;
    for balance in exchange.ledger.house.iter_mut().flatten() {
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
        Ok(())
    })?;
    if exchange.cats.len() == exchange.ledger.wallets.len() {
        Ok(())
    } else {
        Err(Impossible("number of cats"))
    }
}

fn cat(r: &mut Reader<'_>, exchange: &Exchange) -> Decode<CatIx> {
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
            exchange.cats.get_mut(owner).stock[market.index()].insert((caught_at, ix));
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
    })
}

fn orders(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    r.list(|r| {
        let order = order(r, exchange)?;
        if exchange.orders.find(order.number).is_some() {
            return Err(Impossible("second order of one number"));
        }
        let (cat, number, open) = (order.cat, order.number, order.state == OrderState::Open);
        if let Some(name) = order.client_order_id.clone() {
            exchange
                .cats
                .get_mut(cat)
                .client_order_ids
                .insert(name, number);
        }
        let slot = exchange.orders.insert(order);
        if open {
            exchange.rest(slot);
        }
        Ok(())
    })?;
    for index in 0..exchange.cats.len() {
        let cat = CatIx::new(u32::try_from(index).map_err(|_| Impossible("number of cats"))?);
        r.list(|r| {
            let slot = exchange
                .orders
                .find(OrderNumber(r.u64()?))
                .ok_or(Impossible("closed order"))?;
            exchange.cats.get_mut(cat).closed.push_back(slot);
            Ok(())
        })?;
    }
    Ok(())
}

fn order(r: &mut Reader<'_>, exchange: &Exchange) -> Decode<Order> {
    Ok(Order {
        number: OrderNumber(r.u64()?),
        id: r.option(|r| OrderId::new(r.text()?).map_err(|_| Impossible("order id")))?,
        cat: cat(r, exchange)?,
        market: r.text()?.parse().map_err(|_| Impossible("market"))?,
        side: if r.flag()? { Side::Buy } else { Side::Sell },
        origin: if r.flag()? {
            Origin::Cat
        } else {
            Origin::Listing
        },
        price: kibbles(r)?,
        quantity: r.u32()?,
        remaining: r.u32()?,
        state: match r.byte()? {
            0 => OrderState::Open,
            1 => OrderState::Filled,
            2 => OrderState::Cancelled,
            _ => return Err(Impossible("state of an order")),
        },
        placed_at: moment(r)?,
        closed_at: r.option(moment)?,
        client_order_id: r.option(Reader::text)?.map(Into::into),
    })
}

fn rebuild_leaving(exchange: &mut Exchange) {
    let with_stock = |exchange: &Exchange, cat: CatIx| {
        let cat = exchange.cats.get(cat);
        cat.erased && cat.stock.iter().any(|stock| !stock.is_empty())
    };
    let all = 0..u32::try_from(exchange.cats.len()).unwrap_or(u32::MAX);
    exchange.leaving = all
        .map(CatIx::new)
        .filter(|cat| with_stock(exchange, *cat))
        .collect();
}
