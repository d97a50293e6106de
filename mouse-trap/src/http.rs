//! The HTTP API: a handler parses, calls one use case, renders.

mod bycatch;
mod captures;
mod commands;
mod credentials;
mod device;
mod imports;
mod openapi;
mod page;
mod positions;
mod problems;
mod reports;
mod routes;
mod sites;
mod traps;

pub use openapi::document;
pub use routes::routes;

use crate::domain::access::Caller;

/// The cat that asks, as the domain knows it.
fn caller(caller: &service_chassis::http::Caller) -> Caller {
    Caller {
        cat: caller.cat().clone(),
        royal_court: caller.is_royal_court(),
    }
}
