//! The API, route by route.

mod access;
mod captures;
mod commands;
mod hostile;
mod operations;
mod renewed;
mod reports;
mod sites;
mod traps;
