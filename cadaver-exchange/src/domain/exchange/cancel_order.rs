//! A cat takes back what is left of one of its orders; a listing of the house counts as its own.

use super::{CancelRefusal, Exchange, Outcome, Output};
use crate::domain::event::CancelReason;
use shared_events::id::{CatId, OrderId};

impl Exchange {
    pub(super) fn cancel_order(&mut self, cat: &CatId, id: &OrderId, out: &mut Output) -> Outcome {
        let own = self.cats.find(cat).zip(self.orders.find_by_id(id));
        let Some((_, slot)) = own.filter(|(cat, slot)| self.orders.get(*slot).cat == *cat) else {
            return Outcome::CancelRefused(CancelRefusal::NotFound);
        };
        let order = self.orders.get(slot);
        if !order.state.is_live() {
            return Outcome::CancelRefused(CancelRefusal::Closed);
        }
        let number = order.number;
        self.cancel(slot, CancelReason::Cat, out);
        Outcome::OrderCancelled(number)
    }
}
