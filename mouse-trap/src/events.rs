//! The bus, both ways: what mouse-trap tells and what it is told.

pub mod incoming;
pub mod outgoing;
