//! mouse-trap: sites, traps, their credentials, reports and commands, and every capture they make.
//!
//! Traps report over HTTP and fetch their commands there; cats look and steer over HTTP with access tokens; commands and keys
//! come in over Pub/Sub; captures and what happens to traps go out over it.

pub mod app;
pub mod cli;
pub mod config;
pub mod counts;
pub mod domain;
pub mod events;
pub mod http;
pub mod storage;
pub mod use_cases;
