//! Everything that needs a database, a server or another program: one binary.

#![allow(clippy::unwrap_used)]

mod api;
mod identity;
mod projecting;
mod storage_contract;
