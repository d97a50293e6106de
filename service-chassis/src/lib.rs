//! What every Catweb service has, and nothing of any one of them: settings, logs, metrics, health, the HTTP
//! server, shutdown, clock, secrets, the two databases with the outbox and inbox in them, and the
//! recognition of cats by their access tokens.
//!
//! There is no global state here: two services, or the same one twice, can run in one process.

pub mod access_token;
pub mod background;
pub mod bus_check;
pub mod clock;
pub mod config;
pub mod health;
pub mod http;
pub mod inbox;
pub mod metrics;
pub mod mongodb;
pub mod outbox;
pub mod real_component;
pub mod running;
pub mod secret;
pub mod shutdown;
pub mod sqlite;
pub mod telemetry;
