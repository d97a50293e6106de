//! SQLite's write-ahead log as its file format says (sqlite.org/fileformat2.html, section 4): which transactions were
//! committed since the last look. The caller sees to it that nobody writes meanwhile and that no frame that was not looked
//! at can be overwritten.

use super::stores::beside;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The header's first word; its last bit says in which order checksums read words.
const MAGIC: u32 = 0x377f_0682;

/// A place in a write-ahead log: after the last commit that was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct WalCursor {
    /// Which round of the file: drawn anew whenever SQLite begins it from the front.
    salts: Option<[u8; 8]>,
    offset: u64,
    checksum: (u32, u32),
}

/// Committed pages: for each its number, the database's size in pages when it ended a commit (else 0), and its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct CommittedPages {
    pub(super) page_bytes: u32,
    /// Each page with its two numbers, four bytes each, big endian, before it.
    pub(super) bytes: Vec<u8>,
}

struct Header {
    page_bytes: u32,
    big_endian: bool,
    salts: [u8; 8],
    checksum: (u32, u32),
}

impl WalCursor {
    /// What was committed since; the cursor is then after it.
    ///
    /// # Errors
    /// The file cannot be read, or holds other than SQLite's own index says: then it is damaged, and what looks like its end is none.
    pub(super) fn advance(
        &mut self,
        database: &Path,
        index: &WalIndex,
    ) -> io::Result<CommittedPages> {
        let wal = beside(database, "-wal");
        let pages = self.advance_in(&wal)?;
        match index.agrees_with(self, pages.page_bytes)? {
            true => Ok(pages),
            false => Err(io::Error::other(format!(
                "{} is damaged: what is whole in it ends at byte {}, and its index says otherwise",
                wal.display(),
                self.offset
            ))),
        }
    }

    fn advance_in(&mut self, path: &Path) -> io::Result<CommittedPages> {
        let Some((file, header)) = open(path)? else {
            return Ok(CommittedPages::default());
        };
        if self.salts != Some(header.salts) {
            *self = Self {
                salts: Some(header.salts),
                offset: HEADER_BYTES as u64,
                checksum: header.checksum,
            };
        }
        self.read_commits(&file, &header)
    }

    fn read_commits(&mut self, file: &File, header: &Header) -> io::Result<CommittedPages> {
        let mut pages = CommittedPages {
            page_bytes: header.page_bytes,
            bytes: Vec::new(),
        };
        let mut frame = vec![0; FRAME_HEADER_BYTES + header.page_bytes as usize];
        let (mut at, mut sum, mut committed) = (self.offset, self.checksum, 0);
        while read_whole(file, &mut frame, at)? {
            if frame[8..16] != header.salts {
                break;
            }
            sum = checksum(sum, &frame[..8], header.big_endian);
            sum = checksum(sum, &frame[FRAME_HEADER_BYTES..], header.big_endian);
            if sum != (word(&frame, 16), word(&frame, 20)) {
                break;
            }
            at += frame.len() as u64;
            pages.bytes.extend_from_slice(&frame[..8]);
            pages.bytes.extend_from_slice(&frame[FRAME_HEADER_BYTES..]);
            if word(&frame, 4) != 0 {
                (self.offset, self.checksum) = (at, sum);
                committed = pages.bytes.len();
            }
        }
        pages.bytes.truncate(committed);
        Ok(pages)
    }
}

impl CommittedPages {
    /// Only the last of each page, for whoever goes no other way than to the end.
    pub(super) fn squashed(&self) -> Self {
        let mut last = BTreeMap::new();
        let mut database_pages = 0;
        for (number, size, page) in self.iter() {
            last.insert(number, page);
            database_pages = if size > 0 { size } else { database_pages };
        }
        let mut bytes = Vec::with_capacity(last.len() * (8 + self.page_bytes as usize));
        // Pages beyond the end went with a vacuum.
        last.retain(|number, _| *number <= database_pages);
        for (number, page) in last {
            bytes.extend(number.to_be_bytes());
            bytes.extend(database_pages.to_be_bytes());
            bytes.extend_from_slice(page);
        }
        Self {
            page_bytes: self.page_bytes,
            bytes,
        }
    }

    /// Each page: its number, the database's size when it ends a commit, its bytes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32, &[u8])> {
        let one = 8 + self.page_bytes as usize;
        self.bytes
            .chunks_exact(one)
            .map(|page| (word(page, 0), word(page, 4), &page[8..]))
    }
}

/// SQLite's index of the log, the file `-shm` (sqlite.org/walformat.html, section 2.1).
///
/// It is opened once and stays open for as long as there are connections: whoever closes a file takes all POSIX locks from it that the
/// process has there, and SQLite's locks are on this one.
#[derive(Debug)]
pub(super) struct WalIndex(File);

impl WalIndex {
    const BYTES: usize = 48;

    pub(super) fn open(database: &Path) -> io::Result<Self> {
        File::open(beside(database, "-shm")).map(Self)
    }

    /// Whether the cursor is where the last commit is.
    fn agrees_with(&self, cursor: &WalCursor, page_bytes: u32) -> io::Result<bool> {
        let mut bytes = [0; Self::BYTES];
        if !read_whole(&self.0, &mut bytes, 0)? {
            return Ok(true);
        }
        // Of all its words this one is in the machine's own order.
        let frames = u32::from_ne_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]);
        let frame_bytes = FRAME_HEADER_BYTES as u64 + u64::from(page_bytes);
        let end = HEADER_BYTES as u64 + u64::from(frames) * frame_bytes;
        let salts = cursor.salts.is_some_and(|salts| bytes[32..40] == salts);
        Ok(frames == 0 || (salts && cursor.offset == end))
    }
}

/// The file and its header; none when nothing was written in it.
fn open(path: &Path) -> io::Result<Option<(File, Header)>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = [0; HEADER_BYTES];
    if !read_whole(&file, &mut bytes, 0)? {
        return Ok(None);
    }
    let magic = word(&bytes, 0);
    let big_endian = magic & 1 == 1;
    let sum = checksum((0, 0), &bytes[..24], big_endian);
    if magic & !1 != MAGIC || sum != (word(&bytes, 24), word(&bytes, 28)) {
        return Ok(None);
    }
    let mut salts = [0; 8];
    salts.copy_from_slice(&bytes[16..24]);
    let header = Header {
        page_bytes: word(&bytes, 8),
        big_endian,
        salts,
        checksum: sum,
    };
    Ok(Some((file, header)))
}

fn read_whole(file: &File, buffer: &mut [u8], at: u64) -> io::Result<bool> {
    match file.read_exact_at(buffer, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(four)
}

/// The running checksum of section 4.2; the length is a multiple of eight.
fn checksum(start: (u32, u32), bytes: &[u8], big_endian: bool) -> (u32, u32) {
    bytes.chunks_exact(8).fold(start, |(first, second), eight| {
        let (left, right) = (word(eight, 0), word(eight, 4));
        let (left, right) = match big_endian {
            true => (left, right),
            false => (left.swap_bytes(), right.swap_bytes()),
        };
        let first = first.wrapping_add(left).wrapping_add(second);
        (first, second.wrapping_add(right).wrapping_add(first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;
    use std::path::PathBuf;

    fn database(folder: &Path) -> Connection {
        let connection = Connection::open(folder.join("a.db")).expect("opened");
        let setup =
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (n INTEGER)";
        connection.execute_batch(setup).expect("set up");
        connection
    }

    /// A database, and how its log is followed.
    struct Followed {
        connection: Connection,
        path: PathBuf,
        cursor: WalCursor,
        index: WalIndex,
        _folder: tempfile::TempDir,
    }

    impl Followed {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let connection = database(folder.path());
            let path = folder.path().join("a.db");
            let index = WalIndex::open(&path).expect("there");
            Self {
                connection,
                path,
                cursor: WalCursor::default(),
                index,
                _folder: folder,
            }
        }

        fn write(&self, sql: &str) {
            self.connection.execute_batch(sql).expect("written");
        }

        fn has_news(&mut self) -> bool {
            let seen = self.cursor.advance(&self.path, &self.index);
            !seen.expect("read").bytes.is_empty()
        }
    }

    #[test]
    fn only_what_was_committed_since_is_seen() {
        let mut followed = Followed::new();
        assert!(followed.has_news());
        assert!(!followed.has_news());
        followed.write("BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT");
        let seen = followed.cursor.advance(&followed.path, &followed.index);
        let seen = seen.expect("read");
        let commits = seen.iter().filter(|(_, size, _)| *size > 0).count();
        assert_eq!(commits, 1);
        assert!(seen.iter().all(|(_, _, page)| page.len() == 4096));
        followed.write("UPDATE t SET n = 3; UPDATE t SET n = 4");
        let seen = followed.cursor.advance(&followed.path, &followed.index);
        let seen = seen.expect("read");
        let squashed = seen.squashed();
        assert_eq!((seen.iter().count(), squashed.iter().count()), (2, 1));
        assert_eq!(squashed.iter().next(), seen.iter().last());
    }

    #[test]
    fn a_file_begun_from_the_front_is_read_from_the_front() {
        let mut followed = Followed::new();
        assert!(followed.has_news());
        followed
            .connection
            .query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))
            .expect("checkpointed");
        assert!(!followed.has_news());
        followed.write("INSERT INTO t VALUES (3)");
        assert!(followed.has_news());
    }

    #[test]
    fn a_log_that_somebody_wrote_into_has_no_end() {
        let mut followed = Followed::new();
        assert!(followed.has_news());
        followed.write("INSERT INTO t VALUES (1)");
        let wal = beside(&followed.path, "-wal");
        let mut bytes = std::fs::read(&wal).expect("read");
        bytes.iter_mut().for_each(|byte| *byte ^= 0xA5);
        std::fs::write(&wal, bytes).expect("written");
        let seen = followed.cursor.advance(&followed.path, &followed.index);
        assert!(seen.is_err());
    }
}
