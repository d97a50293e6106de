//! What was committed between two cuts: a header, and after it the bytes that the header tells of.

use super::broker_log::Appended;
use super::stores::BROKER;
use super::wal::CommittedPages;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{self, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Component, Path};

/// The longest header: a line for each store.
const MAX_HEADER_BYTES: u32 = 1024 * 1024;

/// The changes of one interval.
#[derive(Debug, Default)]
pub(super) struct Increment {
    parts: Vec<(Part, Vec<u8>)>,
}

/// What a header says.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// The moment up to which it leads.
    at: DateTime<Utc>,
    /// Its place after its base, from 1.
    number: u64,
    parts: Vec<Part>,
}

/// The bytes of one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Part {
    /// Pages of a database.
    Pages {
        file: String,
        page_bytes: u32,
        length: u64,
    },
    /// The end of a log.
    Append {
        file: String,
        offset: u64,
        length: u64,
    },
}

impl Increment {
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.parts.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    pub(super) fn add_pages(&mut self, file: &str, pages: CommittedPages) {
        if pages.bytes.is_empty() {
            return;
        }
        let part = Part::Pages {
            file: file.to_owned(),
            page_bytes: pages.page_bytes,
            length: pages.bytes.len() as u64,
        };
        self.parts.push((part, pages.bytes));
    }

    pub(super) fn add_appended(&mut self, appended: Appended) {
        let Appended {
            segment,
            offset,
            bytes,
        } = appended;
        let part = Part::Append {
            file: format!("{BROKER}/{segment}"),
            offset,
            length: bytes.len() as u64,
        };
        self.parts.push((part, bytes));
    }

    /// As it is stored.
    pub(super) fn encode(self, number: u64, at: DateTime<Utc>) -> io::Result<Vec<u8>> {
        let (parts, contents): (Vec<_>, Vec<_>) = self.parts.into_iter().unzip();
        let header = serde_json::to_vec(&Header { at, number, parts })?;
        let length = u32::try_from(header.len()).map_err(io::Error::other)?;
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend(header);
        contents.iter().for_each(|content| bytes.extend(content));
        Ok(bytes)
    }
}

/// Changes the files of `folder` to what they were at the end of the interval. Answers the moment.
pub(super) fn apply(
    increment: &mut impl Read,
    number: u64,
    folder: &Path,
) -> io::Result<DateTime<Utc>> {
    let header = read_header(increment, number)?;
    for part in header.parts {
        match part {
            Part::Pages {
                file,
                page_bytes,
                length,
            } => {
                let bytes = read_exactly(increment, length)?;
                apply_pages(
                    &inside(folder, &file)?,
                    &CommittedPages { page_bytes, bytes },
                )?;
            }
            Part::Append {
                file,
                offset,
                length,
            } => {
                let bytes = read_exactly(increment, length)?;
                append(&inside(folder, &file)?, offset, &bytes)?;
            }
        }
    }
    Ok(header.at)
}

/// The moment that an increment leads to.
pub(super) fn moment(increment: &mut impl Read, number: u64) -> io::Result<DateTime<Utc>> {
    Ok(read_header(increment, number)?.at)
}

fn read_header(increment: &mut impl Read, number: u64) -> io::Result<Header> {
    let mut length = [0; 4];
    increment.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_HEADER_BYTES {
        return Err(io::Error::other("its header is too long"));
    }
    let header: Header = serde_json::from_slice(&read_exactly(increment, length.into())?)?;
    match header.number == number {
        true => Ok(header),
        false => Err(io::Error::other(format!("it is number {}", header.number))),
    }
}

fn read_exactly(reader: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn inside(folder: &Path, file: &str) -> io::Result<std::path::PathBuf> {
    let mut parts = Path::new(file).components();
    match parts.all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(folder.join(file)),
        false => Err(io::Error::other(format!("{file} leads out of the folder"))),
    }
}

fn apply_pages(database: &Path, pages: &CommittedPages) -> io::Result<()> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(database)?;
    let page_bytes = u64::from(pages.page_bytes);
    for (number, size, page) in pages.iter() {
        let place = u64::from(number)
            .checked_sub(1)
            .ok_or_else(|| io::Error::other("pages count from 1"))?;
        file.write_all_at(page, place * page_bytes)?;
        if size > 0 {
            file.set_len(u64::from(size) * page_bytes)?;
        }
    }
    file.sync_all()
}

fn append(log: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(log)?;
    if file.metadata()?.len() != offset {
        return Err(io::Error::other(format!(
            "{} does not end where the increment begins",
            log.display()
        )));
    }
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_increment_out_of_turn_or_out_of_the_folder_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let with = |segment: &str| {
            let mut increment = Increment::default();
            increment.add_appended(Appended {
                segment: segment.to_owned(),
                offset: 0,
                bytes: b"mouse".to_vec(),
            });
            increment
        };
        std::fs::create_dir(folder.path().join(BROKER)).expect("made");
        let bytes = with("1.log").encode(2, Utc::now()).expect("small");
        assert!(apply(&mut bytes.as_slice(), 1, folder.path()).is_err());
        apply(&mut bytes.as_slice(), 2, folder.path()).expect("in turn");
        // The log is longer now than the increment says.
        assert!(apply(&mut bytes.as_slice(), 2, folder.path()).is_err());
        let outside = with("../../x").encode(1, Utc::now()).expect("small");
        assert!(apply(&mut outside.as_slice(), 1, folder.path()).is_err());
        let cut = &bytes[..bytes.len() - 1];
        assert!(apply(&mut &*cut, 2, folder.path()).is_err());
    }
}
