//! The contracts, held against what was recorded and what is generated from them.
#![allow(clippy::unwrap_used)]

mod fixtures;
mod generated;
