//! The files of the log.

use crate::broker::domain::message_index::Position;
use bytes::Bytes;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first bytes of a segment.
pub(super) const MAGIC: &[u8; 8] = b"CATWEBL1";
/// Messages on disk that are no farther apart than this are read together.
const MAX_GAP_BYTES: u32 = 32 * 1024;
/// The most that is read at once.
const MAX_RUN_BYTES: u32 = 2 * 1024 * 1024;

/// All segments by number; the last one is written to.
#[derive(Debug)]
pub(super) struct Segments {
    folder: PathBuf,
    files: RwLock<BTreeMap<u64, Arc<File>>>,
}

impl Segments {
    /// Opens the segments that are there.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let Some(number) = name.strip_suffix(".log").and_then(|name| name.parse().ok()) else {
                continue;
            };
            files.insert(
                number,
                Arc::new(OpenOptions::new().read(true).write(true).open(&path)?),
            );
        }
        Ok(Self {
            folder: folder.to_owned(),
            files: RwLock::new(files),
        })
    }

    pub(super) fn numbers(&self) -> Vec<u64> {
        self.files.read().keys().copied().collect()
    }

    pub(super) fn file(&self, number: u64) -> Option<Arc<File>> {
        self.files.read().get(&number).cloned()
    }

    /// Begins a segment; it is there after a crash.
    pub(super) fn create(&self, number: u64) -> io::Result<Arc<File>> {
        let path = self.path(number);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)?;
        file.write_all(MAGIC)?;
        file.sync_all()?;
        sync_folder(&self.folder)?;
        let file = Arc::new(file);
        self.files.write().insert(number, file.clone());
        Ok(file)
    }

    /// Deletes a segment. Who reads it at this moment reads on.
    pub(super) fn remove(&self, number: u64) -> io::Result<()> {
        self.files.write().remove(&number);
        std::fs::remove_file(self.path(number))
    }

    pub(super) fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:016}.log"))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads the bytes at these positions; neighbours with one read.
    pub(super) fn read(&self, positions: &[Position]) -> io::Result<Vec<Bytes>> {
        let mut order: Vec<usize> = (0..positions.len()).collect();
        order.sort_unstable_by_key(|at| (positions[*at].segment, positions[*at].offset));
        let mut answers = vec![Bytes::new(); positions.len()];
        let mut rest = order.as_slice();
        while let Some(first) = rest.first() {
            let run = run_length(positions, rest);
            let (run, after) = rest.split_at(run);
            let bytes = self.read_run(positions[*first], positions[run[run.len() - 1]])?;
            for at in run {
                let start = (positions[*at].offset - positions[*first].offset) as usize;
                answers[*at] = bytes.slice(start..start + positions[*at].length as usize);
            }
            rest = after;
        }
        Ok(answers)
    }

    fn read_run(&self, first: Position, last: Position) -> io::Result<Bytes> {
        let file = self.file(first.segment).ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = vec![0; (last.offset - first.offset + last.length) as usize];
        file.read_exact_at(&mut bytes, u64::from(first.offset))?;
        Ok(bytes.into())
    }
}

/// How many of the positions, which are in order, are read together.
fn run_length(positions: &[Position], order: &[usize]) -> usize {
    let first = positions[order[0]];
    let mut end = first.offset + first.length;
    let mut length = 1;
    for at in &order[1..] {
        let next = positions[*at];
        let is_near = next.segment == first.segment
            && next.offset <= end.saturating_add(MAX_GAP_BYTES)
            && next.offset + next.length - first.offset <= MAX_RUN_BYTES;
        if !is_near {
            break;
        }
        end = next.offset + next.length;
        length += 1;
    }
    length
}

/// Makes created, renamed and removed names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_answered_in_their_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let segments = Segments::open(folder.path()).expect("open");
        let file = segments.create(1).expect("create");
        file.write_all_at(b"mouse rat squirrel", 8).expect("write");
        let at = |offset, length| Position {
            segment: 1,
            offset,
            length,
        };
        let read = segments
            .read(&[at(18, 8), at(8, 5), at(14, 3)])
            .expect("read");
        assert_eq!(read, ["squirrel", "mouse", "rat"]);
        assert!(
            segments
                .read(&[Position {
                    segment: 2,
                    offset: 0,
                    length: 1
                }])
                .is_err()
        );
    }
}
