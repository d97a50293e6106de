//! What cat-node hears from the other services, and what it says to them.

pub mod incoming;
