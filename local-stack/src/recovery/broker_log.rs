//! The broker's files, watched for backups. They are only ever appended to, and replaced or removed whole.

use super::stores::segments;
use crate::broker::end_of_whole_frames;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// The index of what is kept, replaced whole now and then.
pub(super) const CHECKPOINT: &str = "checkpoint";
/// How often to begin again when the broker tidies up at the same time.
const MAX_ATTEMPTS: usize = 20;

/// Bytes that were appended to a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Appended {
    pub(super) segment: String,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

/// The log of a broker and how far it was seen.
#[derive(Debug)]
pub(super) struct WatchedBroker {
    folder: PathBuf,
    /// What was seen of each segment.
    seen: BTreeMap<String, Seen>,
}

/// How far a segment was seen.
#[derive(Debug, Clone, Default)]
struct Seen {
    end: u64,
    /// Its last bytes before the end: they never change, unless somebody else writes there.
    last: Vec<u8>,
}

impl WatchedBroker {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            seen: BTreeMap::new(),
        }
    }

    /// Gives the files as they are now a second name each in `place`, which takes no time however large they are; the broker
    /// may remove its own names from then on. Answers how long each segment is now.
    pub(super) fn link(&self, place: &Path) -> io::Result<Vec<(String, u64)>> {
        for _ in 0..MAX_ATTEMPTS {
            if place.exists() {
                fs::remove_dir_all(place)?;
            }
            fs::create_dir_all(place)?;
            match self.try_link(place) {
                Ok(Some(lengths)) => return Ok(lengths),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(
            "the broker's files change faster than they can be noted",
        ))
    }

    /// None when the checkpoint was replaced meanwhile: the segments may not be those that it needs.
    fn try_link(&self, place: &Path) -> io::Result<Option<Vec<(String, u64)>>> {
        let checkpoint = self.folder.join(CHECKPOINT);
        let before = inode(&checkpoint)?;
        if before.is_some() {
            fs::hard_link(&checkpoint, place.join(CHECKPOINT))?;
        }
        let mut lengths = Vec::new();
        for segment in segments(&self.folder)? {
            let name = name_of(&segment);
            let link = place.join(&name);
            fs::hard_link(&segment, &link)?;
            lengths.push((name, fs::metadata(&link)?.len()));
        }
        let linked = inode(&place.join(CHECKPOINT))?;
        Ok((inode(&checkpoint)? == linked && before == linked).then_some(lengths))
    }

    /// Where the whole frames of linked segments end, up to the lengths that were noted; from there on appends are seen.
    pub(super) fn settle(
        &mut self,
        place: &Path,
        lengths: Vec<(String, u64)>,
    ) -> io::Result<Vec<(String, u64)>> {
        let last = lengths.last().map(|(name, _)| name.clone());
        let mut settled = Vec::new();
        for (name, length) in lengths {
            // Only the last segment can have a write under way.
            let end = match Some(&name) == last.as_ref() {
                true => end_of_whole_frames(&place.join(&name), 0, length)?,
                false => length,
            };
            settled.push((name, end));
        }
        self.seen.clear();
        for (name, end) in &settled {
            let seen = Seen::of(&File::open(place.join(name))?, *end)?;
            self.seen.insert(name.clone(), seen);
        }
        Ok(settled)
    }

    /// Whole frames that were appended since the last look.
    ///
    /// # Errors
    /// A segment is not what it was: what looks like its end is none.
    pub(super) fn see(&mut self) -> io::Result<Vec<Appended>> {
        let paths = segments(&self.folder)?;
        if let Some(active) = self.seen.keys().next_back()
            && !paths.iter().any(|path| name_of(path) == *active)
        {
            return Err(io::Error::other(format!("the segment {active} is gone")));
        }
        let mut appended = Vec::new();
        for path in paths {
            appended.extend(self.see_segment(&path)?);
        }
        Ok(appended)
    }

    fn see_segment(&mut self, path: &Path) -> io::Result<Option<Appended>> {
        let segment = name_of(path);
        let seen = self.seen.get(&segment).cloned().unwrap_or_default();
        let file = match File::open(path) {
            Ok(file) => file,
            // Removed by the broker: nobody needs it any more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let (offset, length) = (seen.end, file.metadata()?.len());
        if length < offset || Seen::of(&file, offset)?.last != seen.last {
            return Err(io::Error::other(format!(
                "the segment {segment} is damaged"
            )));
        }
        let end = end_of_whole_frames(path, offset, length)?;
        if end <= offset {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(end - offset).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, offset)?;
        self.seen.insert(segment.clone(), Seen::of(&file, end)?);
        Ok(Some(Appended {
            segment,
            offset,
            bytes,
        }))
    }
}

impl Seen {
    /// So many bytes tell whether a segment is what it was.
    const LAST_BYTES: u64 = 64;

    fn of(file: &File, end: u64) -> io::Result<Self> {
        let length = end.min(Self::LAST_BYTES);
        let mut last = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut last, end - length)?;
        Ok(Self { end, last })
    }
}

fn inode(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(file) => Ok(Some(file.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_somebody_wrote_into_or_took_away_has_no_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let segment = folder.path().join("0000000000000001.log");
        fs::write(&segment, b"CATWEBL1").expect("written");
        let mut watched = WatchedBroker::new(folder.path());
        let links = folder.path().join("links");
        let lengths = watched.link(&links).expect("linked");
        watched.settle(&links, lengths).expect("settled");
        assert_eq!(watched.see().expect("whole"), []);
        fs::write(&segment, b"LOCKEDL1").expect("written");
        assert!(watched.see().is_err());
        fs::remove_file(&segment).expect("removed");
        assert!(watched.see().is_err());
    }
}
