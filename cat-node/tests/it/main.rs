//! Everything that needs a database, a server or another program: one binary.

#![allow(clippy::unwrap_used)]

mod access_tokens;
mod agreement;
mod api;
mod auth_providers;
mod cloud_functions;
mod differential;
mod guard_list;
mod identity;
mod killed;
mod one_time_password;
mod projecting;
mod pubsub;
mod smtp_sink;
mod storage_contract;
mod webhook_sink;
