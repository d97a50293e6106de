//! A cat takes back what is left of one of its orders; a listing of the house counts as its own.

use super::{CancelRefusal, Exchange, Outcome, Output};
use crate::domain::{CatIx, Moment, OrderNumber, event::CancelReason, orders::Slot};
use shared_events::id::{CatId, OrderId};

impl Exchange {
    /// Takes back an open order by its number, as [`Exchange::execute`] does by its id.
    pub fn cancel_numbered(
        &mut self,
        at: Moment,
        cat: CatIx,
        number: OrderNumber,
        out: &mut Output,
    ) -> Outcome {
        self.within(at, out, |exchange, out| {
            match exchange.open_order_of(cat, number) {
                Some(slot) => exchange.cancel_own(number, slot, out),
                None => Outcome::CancelRefused(CancelRefusal::NotFound),
            }
        })
    }

    pub(super) fn cancel_order(&mut self, cat: &CatId, id: &OrderId, out: &mut Output) -> Outcome {
        let named = self.cats.find(cat).zip(self.orders.number_of(id));
        let Some((cat, number)) = named else {
            return Outcome::CancelRefused(CancelRefusal::NotFound);
        };
        match self.open_order_of(cat, number) {
            Some(slot) => self.cancel_own(number, slot, out),
            None if self.orders.closed_by(number) == Some(cat) => {
                Outcome::CancelRefused(CancelRefusal::Closed)
            }
            None => Outcome::CancelRefused(CancelRefusal::NotFound),
        }
    }

    /// An open order, if it is this cat's.
    pub(super) fn open_order_of(&self, cat: CatIx, number: OrderNumber) -> Option<Slot> {
        let slot = self.orders.find(number)?;
        (self.orders.get(slot).cat == cat).then_some(slot)
    }

    fn cancel_own(&mut self, number: OrderNumber, slot: Slot, out: &mut Output) -> Outcome {
        self.cancel(slot, CancelReason::Cat, out);
        Outcome::OrderCancelled(number)
    }
}
