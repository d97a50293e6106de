//! Orders, open and closed.

use super::{
    decode::cat,
    floors::moment,
    reader::{DecodeStateError, Reader},
    rules::{kibbles, optional_moment, read_fees, write_fees},
    writer::Writer,
};
use crate::domain::{
    Exchange, Kibbles, OrderNumber, Side,
    fees::Fees,
    order::{Asked, Order, OrderState, Origin},
    rules::{MAX_PRICE, MAX_QUANTITY},
    terms::{OrderKind, SelfTrade, Terms, TimeInForce},
};
use DecodeStateError::Impossible;
use shared_events::id::OrderId;

type Decode<T> = Result<T, DecodeStateError>;

pub(super) fn write(w: &mut Writer, order: &Order) {
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
        OrderState::Waiting => 3,
    });
    w.i64(order.placed_at.millis());
    w.option(order.closed_at, |w, at| w.i64(at.millis()));
    w.option(order.client_order_id.as_deref(), Writer::text);
    write_terms(w, &order.terms);
    write_fees(w, order.fees);
    w.u32(order.asked.quantity);
    w.i64(order.asked.price.0);
    w.u32(order.shown);
    w.option(order.due_at, |w, at| w.i64(at.millis()));
    w.option(order.caught_at, |w, at| w.i64(at.millis()));
}

pub(super) fn read(r: &mut Reader<'_>, exchange: &Exchange) -> Decode<Order> {
    let mut order = read_first_form(r, exchange)?;
    if r.form < 2 {
        return Ok(order);
    }
    order.terms = read_terms(r)?;
    order.fees = read_fees(r)?;
    order.asked = Asked {
        quantity: r.u32()?,
        price: kibbles(r)?,
    };
    order.shown = r.u32()?;
    order.due_at = optional_moment(r)?;
    order.caught_at = optional_moment(r)?;
    let waits = order.state == OrderState::Waiting;
    let stop = order.terms.stop_price.unwrap_or_default();
    if waits && order.terms.stop_price.is_none() || !(0..=MAX_PRICE.0).contains(&stop.0) {
        return Err(Impossible("waiting order"));
    }
    Ok(order)
}

fn read_first_form(r: &mut Reader<'_>, exchange: &Exchange) -> Decode<Order> {
    let mut order = Order {
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
            3 => OrderState::Waiting,
            _ => return Err(Impossible("state of an order")),
        },
        placed_at: moment(r)?,
        closed_at: r.option(moment)?,
        client_order_id: r.option(Reader::text)?.map(Into::into),
        terms: Terms::default(),
        fees: Fees::default(),
        asked: Asked {
            quantity: 0,
            price: Kibbles(0),
        },
        shown: 0,
        level: 0,
        is_named: false,
        rank: 0,
        due_at: None,
        caught_at: None,
    };
    order.asked = Asked {
        quantity: order.quantity,
        price: order.price,
    };
    if order.state == OrderState::Open {
        // All of an order was shown.
        order.shown = order.remaining;
    }
    let price_is_possible = (0..=MAX_PRICE.0).contains(&order.price.0);
    let lots_are_possible = order.remaining <= order.quantity && order.quantity <= MAX_QUANTITY;
    if price_is_possible && lots_are_possible && !order.is_nobody() {
        Ok(order)
    } else {
        Err(Impossible("order"))
    }
}

fn write_terms(w: &mut Writer, terms: &Terms) {
    w.flag(terms.kind == OrderKind::Limit);
    match terms.time_in_force {
        TimeInForce::Gtc => w.byte(0),
        TimeInForce::Ioc => w.byte(1),
        TimeInForce::Fok => w.byte(2),
        TimeInForce::Day => w.byte(3),
        TimeInForce::Gtd { until } => {
            w.byte(4);
            w.i64(until.millis());
        }
    }
    w.flag(terms.post_only);
    w.option(terms.display_quantity, Writer::u32);
    w.option(terms.stop_price, |w, price| w.i64(price.0));
    w.byte(match terms.self_trade {
        SelfTrade::CancelNewest => 0,
        SelfTrade::CancelOldest => 1,
        SelfTrade::CancelBoth => 2,
        SelfTrade::Decrement => 3,
    });
}

fn read_terms(r: &mut Reader<'_>) -> Decode<Terms> {
    Ok(Terms {
        kind: if r.flag()? {
            OrderKind::Limit
        } else {
            OrderKind::Market
        },
        time_in_force: match r.byte()? {
            0 => TimeInForce::Gtc,
            1 => TimeInForce::Ioc,
            2 => TimeInForce::Fok,
            3 => TimeInForce::Day,
            4 => TimeInForce::Gtd { until: moment(r)? },
            _ => return Err(Impossible("time in force")),
        },
        post_only: r.flag()?,
        display_quantity: r.option(Reader::u32)?,
        stop_price: r.option(kibbles)?,
        self_trade: match r.byte()? {
            0 => SelfTrade::CancelNewest,
            1 => SelfTrade::CancelOldest,
            2 => SelfTrade::CancelBoth,
            3 => SelfTrade::Decrement,
            _ => return Err(Impossible("self-trade prevention")),
        },
    })
}
