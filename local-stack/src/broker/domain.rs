//! The broker's rules as a pure state machine: no I/O, no clock, no transport. Times are arguments.

pub(crate) mod change;
pub(crate) mod dead_letter;
pub(crate) mod filter;
pub(crate) mod ids;
pub(crate) mod limits;
pub(crate) mod message_index;
pub(crate) mod names;
pub(crate) mod ordering;
pub(crate) mod publishing;
pub(crate) mod queue;
pub(crate) mod recent_payloads;
pub(crate) mod refusal;
pub(crate) mod registry;
pub(crate) mod settings;
pub(crate) mod snapshot;
pub(crate) mod state;
