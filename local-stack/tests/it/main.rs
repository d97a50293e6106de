//! The local stack as its users meet it.
#![allow(clippy::unwrap_used)]

mod bus;
mod workspace;
