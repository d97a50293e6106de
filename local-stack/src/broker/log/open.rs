//! Opens the log: the checkpoint, then what was logged after it. A torn tail is cut off.

use super::segment::{MAGIC, Segments};
use super::{Log, append::Queue, checkpoint, frame, image, record};
use crate::broker::domain::ids::Millis;
use crate::broker::domain::state::State;
use parking_lot::{Condvar, Mutex};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is read from a segment at once.
const READ_BYTES: usize = 256 * 1024;

/// The log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenLogError {
    /// A file cannot be read or created.
    #[error("the broker's data in {folder} cannot be opened")]
    Io {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file is not what was written.
    #[error(
        "the broker's file {0} is damaged: restore the data folder from a copy, or move it away to start empty"
    )]
    Damaged(PathBuf),
}

/// The log's end: where the next write goes.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(super) segment: u64,
    pub(super) file: Arc<File>,
    pub(super) length: u64,
}

/// Opens or creates the log in a folder.
///
/// # Errors
/// See [`OpenLogError`].
pub(crate) fn open(folder: &Path, now: Millis) -> Result<(Log, State, Tail), OpenLogError> {
    let failed = |source| OpenLogError::Io {
        folder: folder.to_owned(),
        source,
    };
    let segments = Segments::open(folder).map_err(failed)?;
    let (mut state, from, offset) = read_checkpoint(folder, now)?;
    let numbers: Vec<u64> = segments
        .numbers()
        .into_iter()
        .filter(|it| *it >= from)
        .collect();
    let tail = match numbers.split_last() {
        None => {
            let (segment, length) = (from, MAGIC.len() as u64);
            Tail {
                segment,
                file: segments.create(segment).map_err(failed)?,
                length,
            }
        }
        Some((last, earlier)) => {
            let mut start = offset;
            for number in earlier {
                read_whole(&segments, *number, start, &mut state, folder)?;
                start = MAGIC.len() as u64;
            }
            read_last(&segments, *last, start, &mut state, folder)?
        }
    };
    let log = Log {
        queue: Arc::new(Mutex::new(Queue::after(state.last_message))),
        wake_writer: Arc::new(Condvar::new()),
        segments: Arc::new(segments),
    };
    Ok((log, state, tail))
}

/// The checkpoint's state, and where reading goes on.
fn read_checkpoint(folder: &Path, now: Millis) -> Result<(State, u64, u64), OpenLogError> {
    let path = folder.join(checkpoint::FILE);
    match std::fs::read(&path) {
        Ok(bytes) => image::load(&bytes, now).ok_or(OpenLogError::Damaged(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok((State::empty(now), 1, MAGIC.len() as u64))
        }
        Err(source) => Err(OpenLogError::Io {
            folder: folder.to_owned(),
            source,
        }),
    }
}

/// Reads a segment that was finished before the next one was begun: it has no torn tail.
fn read_whole(
    segments: &Segments,
    number: u64,
    start: u64,
    state: &mut State,
    folder: &Path,
) -> Result<(), OpenLogError> {
    let failed = |source| OpenLogError::Io {
        folder: folder.to_owned(),
        source,
    };
    let (file, end) = replay(segments, number, start, state).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() != end {
        return Err(OpenLogError::Damaged(segments.path(number)));
    }
    Ok(())
}

/// Reads the last segment and cuts off what a crash left half-written.
fn read_last(
    segments: &Segments,
    number: u64,
    start: u64,
    state: &mut State,
    folder: &Path,
) -> Result<Tail, OpenLogError> {
    let failed = |source| OpenLogError::Io {
        folder: folder.to_owned(),
        source,
    };
    let (file, end) = replay(segments, number, start, state).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if end == 0 {
        return begin_again(segments, number, file, length).map_err(failed)?;
    }
    if length > end {
        tracing::info!(
            bytes = length - end,
            "cut an unfinished write off the broker's log"
        );
        file.set_len(end)
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
    }
    Ok(Tail {
        segment: number,
        file,
        length: end,
    })
}

/// A segment without its first bytes: a crash came while it was created. Anything else is damage.
fn begin_again(
    segments: &Segments,
    number: u64,
    file: Arc<File>,
    length: u64,
) -> io::Result<Result<Tail, OpenLogError>> {
    if length >= MAGIC.len() as u64 {
        return Ok(Err(OpenLogError::Damaged(segments.path(number))));
    }
    file.write_all_at(MAGIC, 0)?;
    file.sync_all()?;
    Ok(Ok(Tail {
        segment: number,
        file,
        length: MAGIC.len() as u64,
    }))
}

/// Applies the changes of a segment from `start` on; answers where they end.
fn replay(
    segments: &Segments,
    number: u64,
    start: u64,
    state: &mut State,
) -> io::Result<(Arc<File>, u64)> {
    let file = segments.file(number).ok_or(io::ErrorKind::NotFound)?;
    if !has_magic(&file)? {
        return Ok((file, 0));
    }
    let mut reader = BufReader::with_capacity(READ_BYTES, &*file);
    reader.seek(SeekFrom::Start(start))?;
    let (mut at, mut buffer) = (start, Vec::new());
    while let Some(frame) = frame::read(&mut reader, &mut buffer)? {
        let body_at = usize::try_from(at).unwrap_or(usize::MAX) + frame.body_at;
        let Some(change) = record::read(frame.kind, frame.body, number, body_at) else {
            break;
        };
        state.apply(change);
        at += frame.length as u64;
    }
    Ok((file, at))
}

fn has_magic(mut file: &File) -> io::Result<bool> {
    let mut magic = [0; MAGIC.len()];
    file.seek(SeekFrom::Start(0))?;
    match file.read_exact(&mut magic) {
        Ok(()) => Ok(&magic == MAGIC),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
