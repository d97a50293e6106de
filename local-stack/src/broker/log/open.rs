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
    /// How much was read after the last checkpoint.
    pub(super) replayed: usize,
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
    let (state, first, offset) = read_checkpoint(folder, now)?;
    let mut reader = Reader {
        folder,
        segments,
        state,
        replayed: 0,
    };
    let tail = reader.read_from(first, offset)?;
    let Reader {
        segments, state, ..
    } = reader;
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

struct Reader<'f> {
    folder: &'f Path,
    segments: Segments,
    state: State,
    replayed: usize,
}

impl Reader<'_> {
    /// Applies all that was logged after the checkpoint; answers the log's end.
    fn read_from(&mut self, first: u64, offset: u64) -> Result<Tail, OpenLogError> {
        let numbers = self.segments.numbers();
        let missing = self
            .state
            .index
            .needed_segments()
            .find(|it| !numbers.contains(it));
        if let Some(missing) = missing {
            return Err(self.damaged(missing));
        }
        let last = numbers.last().copied().unwrap_or(0);
        if last < first {
            return self.begin(first, offset);
        }
        let mut start = offset;
        for number in first..last {
            // The next segment was begun after this one was whole: it has no torn tail.
            let (file, end) = self.replay(number, start)?;
            if self.io(file.metadata())?.len() != end {
                return Err(self.damaged(number));
            }
            start = MAGIC.len() as u64;
        }
        self.read_last(last, start)
    }

    /// The first segment of a new log.
    fn begin(&self, number: u64, offset: u64) -> Result<Tail, OpenLogError> {
        if offset != MAGIC.len() as u64 {
            return Err(self.damaged(number));
        }
        let file = self.io(self.segments.create(number))?;
        Ok(Tail {
            segment: number,
            file,
            length: offset,
            replayed: 0,
        })
    }

    /// Reads the last segment and cuts off what a crash left half-written.
    fn read_last(&mut self, number: u64, start: u64) -> Result<Tail, OpenLogError> {
        let (file, mut end) = self.replay(number, start)?;
        let length = self.io(file.metadata())?.len();
        if end == 0 {
            // A crash came while the segment was created. Anything longer is damage.
            if length >= MAGIC.len() as u64 {
                return Err(self.damaged(number));
            }
            self.io(file.write_all_at(MAGIC, 0))?;
            end = MAGIC.len() as u64;
        } else if length > end {
            tracing::info!(
                bytes = length - end,
                "cut an unfinished write off the broker's log"
            );
            self.io(file.set_len(end))?;
        }
        self.io(file.sync_all())?;
        Ok(Tail {
            segment: number,
            file,
            length: end,
            replayed: self.replayed,
        })
    }

    /// Applies the changes of a segment from `start` on; answers where they end, 0 for no segment at all.
    fn replay(&mut self, number: u64, start: u64) -> Result<(Arc<File>, u64), OpenLogError> {
        let file = self
            .segments
            .file(number)
            .ok_or_else(|| self.damaged(number))?;
        if !self.io(has_magic(&file))? {
            return Ok((file, 0));
        }
        let mut reader = BufReader::with_capacity(READ_BYTES, &*file);
        self.io(reader.seek(SeekFrom::Start(start)))?;
        let (mut at, mut buffer) = (start, Vec::new());
        while let Some(frame) = self.io(frame::read(&mut reader, &mut buffer))? {
            let body_at = usize::try_from(at).unwrap_or(usize::MAX) + frame.body_at;
            let Some(change) = record::read(frame.kind, frame.body, number, body_at) else {
                break;
            };
            self.state.apply(change);
            self.replayed += frame.length;
            at += frame.length as u64;
        }
        Ok((file, at))
    }

    fn damaged(&self, number: u64) -> OpenLogError {
        OpenLogError::Damaged(self.segments.path(number))
    }

    fn io<T>(&self, result: io::Result<T>) -> Result<T, OpenLogError> {
        result.map_err(|source| OpenLogError::Io {
            folder: self.folder.to_owned(),
            source,
        })
    }
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
