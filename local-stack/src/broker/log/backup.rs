//! What a backup of the log's files must know of them: how far they are whole, and whether a copy can be opened.

use super::segment::MAGIC;
use super::{OpenLogError, frame, open};
use crate::broker::engine;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// How much is read from a segment at once.
const READ_BYTES: usize = 256 * 1024;

/// Where the frames of a segment that are whole end. `from` is such an end, or 0; nothing after `limit` is looked at.
/// What follows may be a write that is under way, or that a crash left behind.
pub(crate) fn end_of_whole_frames(segment: &Path, from: u64, limit: u64) -> io::Result<u64> {
    let start = from.max(MAGIC.len() as u64);
    if limit < start {
        return Ok(0);
    }
    let mut file = File::open(segment)?;
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::with_capacity(READ_BYTES, file.take(limit - start));
    let (mut end, mut buffer) = (start, Vec::new());
    while let Some(frame) = frame::read(&mut reader, &mut buffer)? {
        end += frame.length as u64;
    }
    Ok(end)
}

/// Reads a log that no broker uses; a torn end is cut off, as every start does.
pub(crate) fn check_folder(folder: &Path) -> Result<(), OpenLogError> {
    open(folder, engine::now()).map(|_| ())
}
