//! Everything that a development machine or a small installation needs: the embedded Pub/Sub broker and
//! the one-command runner.

mod breach;
pub mod broker;
pub mod cli;
mod drill;
mod recovery;
pub mod up;
