//! A cat's order: checked, covered by a hold, matched, and what is left rests in the book.

use super::{Event, Exchange, Outcome, Output, admit::Admitted};
use crate::domain::{
    NewOrder, OrderNumber, Side,
    order::{Asked, Order, OrderState, Origin},
};

impl Exchange {
    pub(super) fn place_order(&mut self, new: &NewOrder, out: &mut Output) -> Outcome {
        if let Some(number) = self.same_order_before(new) {
            return Outcome::OrderRepeated(number);
        }
        match self.admit(new) {
            Ok(admitted) => self.accept(new, &admitted, out),
            Err(reason) => {
                out.events.push(Event::OrderRejected(reason));
                Outcome::OrderRejected(reason)
            }
        }
    }

    fn accept(&mut self, new: &NewOrder, admitted: &Admitted, out: &mut Output) -> Outcome {
        self.last_order += 1;
        let number = OrderNumber(self.last_order);
        out.events.push(Event::OrderAccepted(number));
        if let Some(client_order_id) = &new.client_order_id {
            let ids = &mut self.cats.get_mut(admitted.cat).client_order_ids;
            ids.insert(client_order_id.as_str().into(), number);
        }
        let waits = new.terms.stop_price.is_some();
        let order = Order {
            number,
            id: Some(new.order.clone()),
            cat: admitted.cat,
            market: admitted.market,
            side: new.side,
            origin: Origin::Cat,
            price: new.price,
            terms: new.terms,
            fees: self.rules.fees,
            asked: Asked {
                quantity: admitted.quantity,
                price: new.price,
            },
            quantity: admitted.quantity,
            remaining: admitted.quantity,
            shown: 0,
            level: 0,
            rank: 0,
            state: if waits {
                OrderState::Waiting
            } else {
                OrderState::Open
            },
            placed_at: self.now,
            closed_at: None,
            due_at: admitted.due_at,
            client_order_id: new.client_order_id.as_deref().map(Into::into),
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
    fn same_order_before(&self, new: &NewOrder) -> Option<OrderNumber> {
        let cat = self.cats.find(&new.cat)?;
        let by_client = || {
            let id = new.client_order_id.as_deref()?;
            let number = self.cats.get(cat).client_order_ids.get(id)?;
            self.orders.find(*number)
        };
        let order = self
            .orders
            .get(self.orders.find_by_id(&new.order).or_else(by_client)?);
        let same = order.cat == cat
            && order.market.name() == new.market
            && order.side == new.side
            && u64::from(order.asked.quantity) == new.quantity
            && order.asked.price == new.price
            && order.terms == new.terms;
        same.then_some(order.number)
    }
}

/// The other side of a market.
pub(super) const fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}
