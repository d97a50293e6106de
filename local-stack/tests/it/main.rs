//! The integration tests of the local stack.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod broker;
mod bus;
mod drill;
mod up;
mod upgrade;
mod workspace;
