//! Durability: an append-only log in segments, with group commit and checkpoints.
//!
//! A change counts when it is on disk. Many changes share one write and one `fdatasync`. The index of
//! what is kept is written to a checkpoint now and then, so that a start reads little; payloads stay in
//! the segments, and a segment goes when no message in it is needed.

mod append;
mod checkpoint;
mod frame;
mod image;
mod lock;
mod open;
mod record;
mod segment;
mod writer;

pub(crate) use append::{Entry, LogFailure};
pub use lock::LockFolderError;
pub use open::OpenLogError;

pub(crate) use lock::FolderLock;
pub(crate) use open::open;
pub(crate) use writer::Writer;

use crate::broker::domain::message_index::Position;
use append::Queue;
use bytes::Bytes;
use parking_lot::Mutex;
use segment::Segments;
use std::io;
use std::sync::Arc;

/// The log as the rest of the broker uses it.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    queue: Arc<Mutex<Queue>>,
    wake_writer: Arc<parking_lot::Condvar>,
    segments: Arc<Segments>,
}

impl Log {
    /// Reads payloads back from disk. This blocks.
    ///
    /// # Errors
    /// A segment cannot be read.
    pub(crate) fn read(&self, positions: &[Position]) -> io::Result<Vec<Bytes>> {
        self.segments.read(positions)
    }
}
