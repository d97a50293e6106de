//! SQLite: one writer with group commit, many readers.
//!
//! All writes queue to one thread. It takes whatever has queued up, runs each piece of work in a savepoint of
//! one transaction, commits once (WAL, `synchronous=FULL`: on disk), and only then answers. So a write is
//! durable when it is answered, and many small writes cost one sync. What the write-ahead log holds is moved into the file by
//! another thread, as that takes long.

mod checkpoint;
mod database;
mod migrations;
mod quick;
mod writer;

pub use database::{Database, DatabaseError};
pub use migrations::{Migrations, Step};
