//! A child's log: what it says on standard output and standard error, in a file that does not grow without end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// A log that has grown larger than this moves to `<name>.log.1`.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// So much is read of a log's end.
const TAIL_BYTES: u64 = 16 * 1024;

/// A child's log.
#[derive(Debug, Clone)]
pub(in crate::up) struct LogFile(PathBuf);

impl LogFile {
    /// Begins the log anew; what an earlier run wrote moves aside.
    pub(in crate::up) fn begin(path: PathBuf) -> io::Result<Self> {
        let log = Self(path);
        match fs::rename(&log.0, log.older()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(log),
        }
    }

    pub(in crate::up) fn path(&self) -> &Path {
        &self.0
    }

    /// The file to write to. It is only ever appended to, so that it can be cut while a child writes.
    pub(in crate::up) fn open(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(&self.0)
    }

    /// Moves what was written aside when it is too much. A line that is written at this very moment may be lost.
    pub(in crate::up) fn keep_small(&self) -> io::Result<()> {
        if fs::metadata(&self.0)?.len() > MAX_BYTES {
            fs::copy(&self.0, self.older())?;
            OpenOptions::new().write(true).open(&self.0)?.set_len(0)?;
        }
        Ok(())
    }

    /// The last lines.
    pub(in crate::up) fn tail(&self, lines: usize) -> Vec<String> {
        let read = || {
            let mut file = File::open(&self.0)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
            let mut end = Vec::new();
            file.take(TAIL_BYTES).read_to_end(&mut end)?;
            io::Result::Ok(String::from_utf8_lossy(&end).into_owned())
        };
        let end = read().unwrap_or_default();
        let all: Vec<_> = end.lines().map(str::to_owned).collect();
        all[all.len().saturating_sub(lines)..].to_vec()
    }

    fn older(&self) -> PathBuf {
        self.0.with_extension("log.1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_log_shows_its_end_and_moves_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("part.log");
        let log = LogFile::begin(path.clone()).expect("begun");
        writeln!(log.open().expect("open"), "one\ntwo\nthree").expect("written");
        assert_eq!(log.tail(2), ["two", "three"]);

        let next = LogFile::begin(path).expect("begun again");
        assert!(next.tail(2).is_empty());
        let older = fs::read_to_string(folder.path().join("part.log.1")).expect("kept");
        assert!(older.starts_with("one"));
    }

    #[test]
    fn a_large_log_is_cut_under_its_writer() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = LogFile::begin(folder.path().join("part.log")).expect("begun");
        let mut writer = log.open().expect("open");
        let line = vec![b'x'; usize::try_from(MAX_BYTES).expect("small")];
        writer.write_all(&line).expect("written");
        writer.write_all(b"\nmore\n").expect("written");
        log.keep_small().expect("cut");
        writer.write_all(b"after\n").expect("written");
        assert_eq!(log.tail(5), ["after"]);
    }
}
