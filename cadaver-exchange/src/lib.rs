//! cadaver-exchange: the market in rat and mouse cadavers.
//!
//! Captures come in over Pub/Sub and become lots; orders come in over HTTP and Pub/Sub; a deterministic engine matches
//! them; a journal keeps every command before its effects are seen; and what happened goes out over Pub/Sub.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod events;
pub mod feed;
pub mod http;
pub mod lease;
pub mod market_data;
pub mod search;
pub mod storage;
