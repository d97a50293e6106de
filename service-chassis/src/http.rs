//! The HTTP server that every service runs: its own routes, and those that operators and machines expect.

mod caller;
mod openapi;
mod operations;
mod problem;
mod request;
mod server;

pub use caller::Caller;
pub use operations::Operations;
pub use problem::{FieldProblem, Problem};
pub use request::{REQUEST_ID, RequestId, RouteLabel};
pub use server::{BindError, HttpSettings, Server};
