//! Durability: an append-only log in segments, with group commit and checkpoints.
//!
//! A change counts when it is on disk. Many changes share one write and one `fdatasync`. The index of
//! what is kept is written to a checkpoint now and then, so that a start reads little; payloads stay in
//! the segments, and a segment goes when no message in it is needed.

mod append;
mod backup;
mod checkpoint;
mod frame;
mod image;
mod lock;
mod open;
mod record;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use append::{Entry, LogFailure};
pub(crate) use backup::{check_folder, end_of_whole_frames};
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

/// How large the log's parts become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogBounds {
    /// A segment that has grown to this is followed by the next one.
    segment_bytes: u64,
    /// A checkpoint is written after this much log: it bounds what a start reads.
    checkpoint_bytes: usize,
    /// And after this many commits, since small ones cost a start as much as large ones.
    checkpoint_commits: usize,
}

impl Default for LogBounds {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            checkpoint_bytes: 16 * 1024 * 1024,
            checkpoint_commits: 50_000,
        }
    }
}

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
