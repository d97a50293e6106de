//! The service as others meet it: over HTTP, over the bus's deliveries, and on both databases.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod backends;
#[path = "../../examples/book_client.rs"]
#[allow(unreachable_pub)]
mod book_client;
mod bus_deliveries;
mod by_bus;
mod court;
mod damage;
mod determinism;
mod feed;
mod hostile_input;
mod kill;
mod lots;
mod market_data;
mod metrics;
mod old_forms;
mod openapi;
mod order_types;
mod orders;
mod outage;
mod outbox;
mod process;
mod proof;
mod pubsub;
mod quotes;
mod restart;
mod search;
mod signer;
mod simulation;
mod stand_by;
mod storage_contract;
mod test_app;
