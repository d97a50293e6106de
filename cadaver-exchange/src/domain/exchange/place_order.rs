//! A cat's order: checked, covered by a hold, matched, and what is left rests in the book.

use super::{Event, Exchange, Outcome, Output, RejectReason, admit::Admitted};
use crate::domain::{
    CatIx, Kibbles, Market, Moment, NewOrder, OrderNumber, Side, Terms,
    order::{Asked, Order, OrderState, Origin},
};
use shared_events::id::OrderId;

/// An order of a cat that is known by its number, without a name of its own: for those who talk to the engine directly. It is
/// forgotten when it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Who orders.
    pub cat: CatIx,
    /// Where.
    pub market: Market,
    /// Which way.
    pub side: Side,
    /// How many lots.
    pub quantity: u64,
    /// The limit per lot; of a market order what protects it, and zero if nothing does.
    pub price: Kibbles,
    /// How it is to be treated.
    pub terms: Terms,
}

/// An order on its way in: what is asked, by a cat that may be a stranger, under names that may be missing.
pub(super) struct Request<'a> {
    pub(super) cat: Option<CatIx>,
    pub(super) market: Market,
    pub(super) side: Side,
    pub(super) quantity: u64,
    pub(super) price: Kibbles,
    pub(super) terms: &'a Terms,
    pub(super) id: Option<&'a OrderId>,
    pub(super) client_order_id: Option<&'a str>,
}

impl Exchange {
    /// Places an order without names, as [`Exchange::execute`] does with one that has them.
    pub fn place(&mut self, at: Moment, ticket: &Ticket, out: &mut Output) -> Outcome {
        self.within(at, out, |exchange, out| {
            exchange.take_request(
                &Request {
                    cat: Some(ticket.cat),
                    market: ticket.market,
                    side: ticket.side,
                    quantity: ticket.quantity,
                    price: ticket.price,
                    terms: &ticket.terms,
                    id: None,
                    client_order_id: None,
                },
                out,
            )
        })
    }

    pub(super) fn place_order(&mut self, new: &NewOrder, out: &mut Output) -> Outcome {
        let cat = self.cats.find(&new.cat);
        if let Some(number) = cat.and_then(|cat| self.same_order_before(cat, new)) {
            return Outcome::OrderRepeated(number);
        }
        let Ok(market) = new.market.parse() else {
            return reject(RejectReason::UnknownMarket, out);
        };
        let request = Request {
            cat,
            market,
            side: new.side,
            quantity: new.quantity,
            price: new.price,
            terms: &new.terms,
            id: Some(&new.order),
            client_order_id: new.client_order_id.as_deref(),
        };
        self.take_request(&request, out)
    }

    fn take_request(&mut self, request: &Request<'_>, out: &mut Output) -> Outcome {
        match self.admit(request) {
            Ok(admitted) => self.accept(request, &admitted, out),
            Err(reason) => reject(reason, out),
        }
    }

    fn accept(&mut self, request: &Request<'_>, admitted: &Admitted, out: &mut Output) -> Outcome {
        self.last_order += 1;
        let number = OrderNumber(self.last_order);
        out.events.push(Event::OrderAccepted(number));
        if let Some(client_order_id) = request.client_order_id {
            let ids = &mut self.cats.get_mut(admitted.cat).client_order_ids;
            ids.insert(client_order_id.into(), number);
        }
        let waits = request.terms.stop_price.is_some();
        let order = Order {
            number,
            id: request.id.cloned(),
            cat: admitted.cat,
            market: request.market,
            side: request.side,
            origin: Origin::Cat,
            price: request.price,
            terms: *request.terms,
            fees: self.rules.fees,
            asked: Asked {
                quantity: admitted.quantity,
                price: request.price,
            },
            quantity: admitted.quantity,
            remaining: admitted.quantity,
            shown: 0,
            level: 0,
            is_named: false,
            rank: 0,
            state: if waits {
                OrderState::Waiting
            } else {
                OrderState::Open
            },
            placed_at: self.now,
            closed_at: None,
            due_at: admitted.due_at,
            client_order_id: request.client_order_id.map(Into::into),
            caught_at: None,
        };
        let slot = self.enlist(order);
        if waits {
            self.wait(slot);
        } else {
            self.meet(slot, out);
        }
        Outcome::OrderPlaced(number)
    }

    /// The order that this one repeats: the same cat asked the same under the same name.
    fn same_order_before(&self, cat: CatIx, new: &NewOrder) -> Option<OrderNumber> {
        let by_client = || {
            let id = new.client_order_id.as_deref()?;
            self.cats.get(cat).client_order_ids.get(id).copied()
        };
        let number = self.orders.number_of(&new.order).or_else(by_client)?;
        let order = self.order(number)?;
        let same = order.cat == cat
            && order.market.name() == new.market
            && order.side == new.side
            && u64::from(order.asked.quantity) == new.quantity
            && order.asked.price == new.price
            && order.terms == new.terms;
        same.then_some(order.number)
    }
}

fn reject(reason: RejectReason, out: &mut Output) -> Outcome {
    out.events.push(Event::OrderRejected(reason));
    Outcome::OrderRejected(reason)
}

/// The other side of a market.
pub(super) const fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}
