//! The chassis as a service meets it: over HTTP, and with a real file.
#![allow(clippy::unwrap_used)]

mod access_tokens;
mod http;
mod outbox;
