//! The market itself: a pure, deterministic state machine.
//!
//! A [`command::Command`] and its moment go in; the changed state and [`event::Event`]s come out. Nothing
//! here reads a clock, waits, draws a random number or does I/O, so replaying the same commands gives the
//! same state hash on every machine.

pub mod book;
pub mod canonical;
pub mod cats;
pub mod command;
pub mod event;
pub mod exchange;
#[cfg(test)]
mod flows;
pub mod freshness;
pub mod ledger;
pub mod lots;
pub mod market;
pub mod moment;
#[cfg(test)]
mod naive;
pub mod order;
pub mod orders;
pub mod report;
pub mod rules;

pub use cats::CatIx;
pub use command::{Command, NewLot, NewOrder};
pub use event::Event;
pub use exchange::{Exchange, Outcome};
pub use lots::LotIx;
pub use market::Market;
pub use moment::Moment;
pub use order::OrderNumber;
pub use rules::Rules;
pub use shared_events::events::{Grade, Kibbles, RodentKind, Side};
