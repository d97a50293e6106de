//! Writes checkpoints beside the log's writing, and then removes the segments that nobody needs.

use super::LogBounds;
use super::image::Image;
use super::segment::{Segments, sync_folder};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The checkpoint's file.
pub(super) const FILE: &str = "checkpoint";
/// A large checkpoint is written less often: after this many times its own size of log.
const LOG_BYTES_PER_CHECKPOINT_BYTE: usize = 2;

/// When checkpoints are written, and the one that is being written.
#[derive(Debug)]
pub(super) struct Checkpoints {
    segments: Arc<Segments>,
    bounds: LogBounds,
    log_bytes: usize,
    commits: usize,
    last_bytes: usize,
    running: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// `log_bytes` were read after the last checkpoint when the log was opened.
    pub(super) fn new(segments: Arc<Segments>, log_bytes: usize, bounds: LogBounds) -> Self {
        Self {
            segments,
            bounds,
            log_bytes,
            commits: 0,
            last_bytes: 0,
            running: None,
        }
    }

    /// So many bytes were logged.
    pub(super) fn count(&mut self, bytes: usize) {
        self.log_bytes += bytes;
    }

    pub(super) fn is_due(&mut self, commits: usize) -> bool {
        self.commits += commits;
        let grown = self.log_bytes >= LOG_BYTES_PER_CHECKPOINT_BYTE * self.last_bytes;
        let enough = self.log_bytes >= self.bounds.checkpoint_bytes
            || self.commits >= self.bounds.checkpoint_commits;
        grown && enough && self.running.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Writes a checkpoint in a thread of its own.
    pub(super) fn write(&mut self, image: Image) {
        self.finish();
        (self.log_bytes, self.commits, self.last_bytes) = (0, 0, image.bytes.len());
        let segments = self.segments.clone();
        let spawned = std::thread::Builder::new()
            .name("broker-checkpoint".to_owned())
            .spawn(move || write_and_clean(&segments, &image));
        match spawned {
            Ok(running) => self.running = Some(running),
            Err(error) => {
                tracing::warn!(%error, "no thread for a checkpoint; the next one follows");
            }
        }
    }

    /// Waits for the checkpoint that is being written.
    pub(super) fn finish(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.join();
        }
    }
}

fn write_and_clean(segments: &Segments, image: &Image) {
    if let Err(error) = write(segments.folder(), &image.bytes) {
        tracing::warn!(%error, "a checkpoint could not be written; the log keeps everything meanwhile");
        return;
    }
    for number in segments.numbers() {
        if number < image.segment
            && !image.needed.contains(&number)
            && let Err(error) = segments.remove(number)
        {
            tracing::warn!(%error, number, "a segment that is needed no more could not be removed");
        }
    }
}

/// Replaces the checkpoint; after a crash there is the old one or the new one.
fn write(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = folder.join("checkpoint.new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, folder.join(FILE))?;
    sync_folder(folder)
}
