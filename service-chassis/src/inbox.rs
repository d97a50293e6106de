//! The inbox in each database: recorded in inside the transaction that stores the effect.

pub mod mongodb;
pub mod sqlite;
