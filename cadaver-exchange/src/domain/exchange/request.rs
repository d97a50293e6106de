//! A cat asks from afar, where no answer waits for it: the same as a command of its own, but what is refused is told, and what
//! changes nothing is journaled too, so that a request that comes again later changes nothing either.

use super::{Exchange, Outcome, Output, RequestRefusal};
use crate::domain::{Event, command::Request};

impl Exchange {
    pub(super) fn deal_with(&mut self, request: &Request, out: &mut Output) -> Outcome {
        let outcome = match request {
            Request::AmendOrder(amendment) => self.amend_order(amendment, out),
            Request::CancelOrder { cat, order } => self.cancel_order(cat, order, out),
            Request::CancelOrders(which) => self.cancel_orders(which, out),
        };
        let why = match outcome {
            Outcome::AmendRefused(why) => RequestRefusal::Amend(why),
            Outcome::CancelRefused(why) => RequestRefusal::Cancel(why),
            Outcome::Unchanged => return Outcome::Done,
            done => return done,
        };
        out.events.push(Event::RequestRefused(why));
        Outcome::RequestRefused(why)
    }
}
