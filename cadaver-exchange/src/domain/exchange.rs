//! The exchange: one value that holds all state, changed by one command at a time.

mod admit;
mod advance_time;
mod amend_order;
mod apply_rules;
mod audit;
mod cancel_order;
mod cancel_orders;
mod dealing;
mod erase_cat;
mod list_lot;
mod outcome;
mod phases;
mod place_order;
mod request;
mod resting;
mod set_caps;
mod set_listing_policy;
mod settling;
mod stop_trading;
mod transfer;
mod triggering;
mod uncrossing;
mod view;
mod void_capture;
mod welcome_cat;

pub use outcome::{AmendRefusal, CancelRefusal, Outcome, Refusal, RequestRefusal};
pub use place_order::Ticket;
pub use view::AccountView;

use super::{
    CatIx, Command, Kibbles, Market, Moment, OrderNumber, Rules,
    cats::Cats,
    event::{BookChange, Event, Output, RejectReason},
    expiries::Expiries,
    floor::Floor,
    ledger::{Asset, Ledger},
    lots::Lots,
    orders::Orders,
};
use shared_events::id::CatId;
use std::collections::BTreeSet;

/// All state of the market.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    pub(super) opened: bool,
    /// The kill switch for all.
    pub(super) stopped: bool,
    pub(super) rules: Rules,
    pub(super) now: Moment,
    pub(super) cats: Cats,
    pub(super) ledger: Ledger,
    pub(super) lots: Lots,
    pub(super) orders: Orders,
    pub(super) floors: Box<[Floor; Market::COUNT]>,
    pub(super) expiries: Expiries,
    /// Whether a trade may have reached stops that still wait.
    pub(super) stops_reached: bool,
    /// What the command under way has changed in the books so far; emptied into its output.
    pub(super) book_changes: Vec<BookChange>,
    pub(super) last_order: u64,
    pub(super) last_rank: u64,
    pub(super) last_trade: u64,
    pub(super) last_event: u64,
    /// Cats that have left while some of their lots have not.
    pub(super) leaving: BTreeSet<CatIx>,
    /// Cats whose trading was stopped while some of their orders are still open.
    pub(super) stopping: BTreeSet<CatIx>,
}

impl Exchange {
    /// Carries out one command at the moment `at` (or the latest moment seen, if that is later) and leaves in
    /// `out` what happened.
    pub fn execute(&mut self, at: Moment, command: &Command, out: &mut Output) -> Outcome {
        let at = match command {
            Command::BeginEpoch { .. } => self.now,
            _ => at,
        };
        self.within(at, out, |exchange, out| exchange.carry_out(command, out))
    }

    /// The frame around every command: its moment, and what it made happen.
    fn within(
        &mut self,
        at: Moment,
        out: &mut Output,
        carry_out: impl FnOnce(&mut Self, &mut Output) -> Outcome,
    ) -> Outcome {
        out.clear();
        let before = self.now;
        self.now = before.max(at);
        let outcome = carry_out(self, out);
        if outcome.belongs_in_journal() {
            self.trigger_stops(out);
            self.tell_account_changes(out);
            self.last_event += out.events.len() as u64;
        } else {
            self.now = before;
        }
        std::mem::swap(&mut out.book, &mut self.book_changes);
        std::mem::swap(&mut out.postings, &mut self.ledger.lines);
        outcome
    }

    fn carry_out(&mut self, command: &Command, out: &mut Output) -> Outcome {
        match command {
            Command::BeginEpoch { .. } => Outcome::Done,
            Command::ApplyRules(rules) => self.apply_rules(rules, out),
            Command::WelcomeCat { cat } => self.welcome_cat(cat),
            Command::EraseCat { cat } => self.erase_cat(cat, out),
            Command::ListLot(lot) => self.list_lot(lot, out),
            Command::VoidCapture { lot, .. } => self.void_capture(lot, out),
            Command::PlaceOrder(order) => self.place_order(order, out),
            Command::AmendOrder(amendment) => self.amend_order(amendment, out),
            Command::CancelOrder { cat, order } => self.cancel_order(cat, order, out),
            Command::CancelOrders(which) => self.cancel_orders(which, out),
            Command::Request { what, .. } => self.deal_with(what, out),
            Command::AdvanceTime => self.advance_time(out),
            Command::OpenMarket { market } => self.open_market(*market, out),
            Command::CloseMarket { market } => self.close_market(*market, out),
            Command::CallAuction {
                market,
                auction,
                ends_at,
            } => self.call_auction(*market, *auction, *ends_at, out),
            Command::Halt { market } => self.halt(*market, out),
            Command::Resume {
                market,
                auction_until,
            } => self.resume(*market, *auction_until, out),
            Command::StopTrading { cat } => self.stop_trading(cat.as_ref(), out),
            Command::AllowTrading { cat } => self.allow_trading(cat.as_ref()),
            Command::SetCaps { cat, caps } => self.set_caps(cat, *caps),
            Command::SetListingPolicy {
                cat,
                market,
                policy,
            } => self.set_listing_policy(cat, *market, *policy),
            Command::Deposit(transfer) => self.deposit(transfer),
            Command::Withdraw(transfer) => self.withdraw(transfer),
        }
    }

    fn tell_account_changes(&mut self, out: &mut Output) {
        self.ledger.drain_changes(|ledger, cat, why| {
            let held = ledger.held(cat, Asset::Kibbles);
            let balance = Kibbles(ledger.available(cat, Asset::Kibbles) + held);
            out.events.push(Event::AccountChanged {
                cat,
                balance,
                held: Kibbles(held),
                why,
            });
        });
    }

    /// The cat of that name; the first mention opens its accounts.
    fn cat(&mut self, id: &CatId) -> CatIx {
        self.cats.find(id).unwrap_or_else(|| {
            self.ledger.open_wallet();
            self.cats.add(id.clone())
        })
    }

    pub(super) fn floor(&self, market: Market) -> &Floor {
        &self.floors[market.index()]
    }

    pub(super) fn floor_mut(&mut self, market: Market) -> &mut Floor {
        &mut self.floors[market.index()]
    }

    /// The price that others are measured by: that of the last trade, or else the house's.
    pub(super) fn reference(&self, market: Market) -> Option<Kibbles> {
        self.floor(market)
            .last_price
            .or(self.rules.listing_price(market))
    }
}

/// One market, or all of them.
fn chosen(market: Option<Market>) -> impl Iterator<Item = Market> {
    Market::ALL
        .into_iter()
        .filter(move |one| market.is_none_or(|wanted| wanted == *one))
}
