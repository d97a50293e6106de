//! The embedded broker, seen by its clients.

mod conformance;
mod durability;
mod harness;
mod rest;
mod starting;
mod wire;
