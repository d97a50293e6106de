//! cat-node: cats, sessions, roles and all the system's information, served over the Parse protocol.

pub mod app;
pub mod auth_providers;
pub mod caller;
pub mod cli;
pub mod cloud_functions;
pub mod config;
pub mod diagnostics;
pub mod domain;
pub mod events;
pub mod http;
pub mod identity;
pub mod mail;
pub mod node;
pub mod passwords;
pub mod projections;
pub mod storage;
pub mod timed_cache;
pub mod use_cases;
pub mod user_rules;
pub mod webhook;
