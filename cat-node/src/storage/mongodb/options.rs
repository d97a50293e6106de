//! parse-server's `databaseOptions` and the like that the adapter itself follows; the driver's own are in the URL.

use std::time::Duration;

use crate::storage::SystemIndexes;

/// How a database is used.
#[derive(Debug, Clone, Default)]
pub struct MongoOptions {
    /// What the names of the classes' collections begin with.
    pub collection_prefix: String,
    pub indexes: SystemIndexes,
    pub reading: Reading,
}

/// How objects are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// Documents in one reply of the server; its own number when absent.
    pub batch_size: Option<u32>,
    /// The longest that the server works at one question.
    pub max_time: Option<Duration>,
}
