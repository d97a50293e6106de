//! The market itself: a pure, deterministic state machine.
//!
//! A [`command::Command`] and its moment go in; the changed state and [`event::Event`]s come out. Nothing
//! here reads a clock, waits, draws a random number or does I/O, so replaying the same commands gives the
//! same state hash on every machine.

pub mod book;
pub mod canonical;
pub mod caps;
pub mod cats;
mod closed;
pub mod command;
pub mod event;
pub mod exchange;
mod expiries;
pub mod fees;
mod floor;
#[cfg(test)]
mod flows;
pub mod freshness;
pub mod guard;
mod ladder;
pub mod ledger;
pub mod listing_policy;
pub mod lots;
pub mod market;
pub mod moment;
#[cfg(test)]
mod naive;
pub mod order;
pub mod orders;
pub mod reject;
pub mod report;
pub mod rules;
pub mod session;
mod sorted;
mod stock;
mod stops;
pub mod terms;
pub mod uncross;

pub use cats::CatIx;
pub use command::{Amendment, CancelOrders, Command, NewLot, NewOrder, Transfer};
pub use event::Event;
pub use exchange::{Exchange, Outcome};
pub use lots::LotIx;
pub use market::Market;
pub use moment::Moment;
pub use order::OrderNumber;
pub use rules::Rules;
pub use session::Phase;
pub use shared_events::events::{Grade, Kibbles, RodentKind, Side};
pub use terms::Terms;
