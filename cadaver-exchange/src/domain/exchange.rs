//! The exchange: one value that holds all state, changed by one command at a time.

mod advance_time;
mod apply_rules;
mod cancel_order;
mod dealing;
mod erase_cat;
mod list_lot;
mod place_order;
mod view;
mod void_capture;
mod welcome_cat;

pub use view::AccountView;

use super::{
    CatIx, Command, Kibbles, Market, Moment, OrderNumber, Rules,
    book::Book,
    cats::Cats,
    event::{Event, Output, RejectReason},
    ledger::{Asset, Ledger},
    lots::Lots,
    orders::Orders,
};
use shared_events::id::CatId;
use std::collections::BTreeSet;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// There was nothing to do: it had been done before, or nothing is due.
    Unchanged,
    /// The order was taken; it may have traded already.
    OrderPlaced(OrderNumber),
    /// The same order had been taken before.
    OrderRepeated(OrderNumber),
    /// The order was refused.
    OrderRejected(RejectReason),
    /// The rest of the order was taken back.
    OrderCancelled(OrderNumber),
    /// The order could not be cancelled.
    CancelRefused(CancelRefusal),
}

/// Why an order cannot be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CancelRefusal {
    /// The cat has no such order (any more).
    #[error("there is no such order")]
    NotFound,
    /// It is filled or cancelled already.
    #[error("the order is already closed")]
    Closed,
}

impl Outcome {
    /// Whether the state may have changed, so that the command belongs in the journal.
    #[must_use]
    pub const fn belongs_in_journal(self) -> bool {
        match self {
            Self::Done
            | Self::OrderPlaced(_)
            | Self::OrderRejected(_)
            | Self::OrderCancelled(_) => true,
            Self::Unchanged | Self::OrderRepeated(_) | Self::CancelRefused(_) => false,
        }
    }
}

/// All state of the market.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    pub(super) opened: bool,
    pub(super) rules: Rules,
    pub(super) now: Moment,
    pub(super) cats: Cats,
    pub(super) ledger: Ledger,
    pub(super) lots: Lots,
    pub(super) orders: Orders,
    pub(super) books: [Book; Market::COUNT],
    pub(super) last_prices: [Option<Kibbles>; Market::COUNT],
    pub(super) last_order: u64,
    pub(super) last_trade: u64,
    pub(super) last_event: u64,
    /// Cats that have left while some of their lots have not.
    pub(super) leaving: BTreeSet<CatIx>,
}

impl Exchange {
    /// Carries out one command at the moment `at` (or the latest moment seen, if that is later) and leaves in
    /// `out` what happened.
    pub fn execute(&mut self, at: Moment, command: &Command, out: &mut Output) -> Outcome {
        out.clear();
        let before = self.now;
        self.now = before.max(at);
        let outcome = match command {
            Command::ApplyRules(rules) => self.apply_rules(rules, out),
            Command::WelcomeCat { cat } => self.welcome_cat(cat),
            Command::EraseCat { cat } => self.erase_cat(cat, out),
            Command::ListLot(lot) => self.list_lot(lot, out),
            Command::VoidCapture { lot, .. } => self.void_capture(lot, out),
            Command::PlaceOrder(order) => self.place_order(order, out),
            Command::CancelOrder { cat, order } => self.cancel_order(cat, order, out),
            Command::AdvanceTime => self.advance_time(out),
        };
        if outcome.belongs_in_journal() {
            self.tell_account_changes(out);
            self.last_event += out.events.len() as u64;
        } else {
            self.now = before;
        }
        outcome
    }

    fn tell_account_changes(&mut self, out: &mut Output) {
        for (cat, why) in self.ledger.drain_changes() {
            let held = self.ledger.held(cat, Asset::Kibbles);
            let balance = Kibbles(self.ledger.available(cat, Asset::Kibbles) + held);
            out.events.push(Event::AccountChanged {
                cat,
                balance,
                held: Kibbles(held),
                why,
            });
        }
    }

    /// The cat of that name; the first mention opens its accounts.
    fn cat(&mut self, id: &CatId) -> CatIx {
        self.cats.find(id).unwrap_or_else(|| {
            self.ledger.open_wallet();
            self.cats.add(id.clone())
        })
    }
}
