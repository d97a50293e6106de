//! Folders in the data folder for work under way, gone with it.

use std::cell::Cell;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Only this user may look: what lies here is not encrypted.
const MODE: u32 = 0o700;

/// The folder of all work of one run. Whoever begins it holds the data folder.
#[derive(Debug)]
pub(super) struct Workplace {
    root: Folder,
    /// How many stagings were begun: each has a name of its own, so that the end of one takes nothing from another.
    begun: Cell<u32>,
}

/// Part of the work.
#[derive(Debug)]
pub(super) struct Staging(Folder);

#[derive(Debug)]
struct Folder(PathBuf);

impl Workplace {
    /// Begins anew; what an interrupted run left is removed.
    pub(super) fn begin(data_dir: &Path, purpose: &str) -> io::Result<Self> {
        let path = data_dir.join(format!("{purpose}.staging"));
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self {
            root: Folder::make(path)?,
            begun: Cell::new(0),
        })
    }

    /// An empty folder for part of the work.
    pub(super) fn stage(&self) -> io::Result<Staging> {
        let number = self.begun.get() + 1;
        self.begun.set(number);
        Folder::make(self.root.0.join(number.to_string())).map(Staging)
    }
}

impl Staging {
    pub(super) fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Folder {
    fn make(path: PathBuf) -> io::Result<Self> {
        fs::DirBuilder::new().mode(MODE).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The next run removes it.
        let _left = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_one_staging_takes_nothing_from_another() {
        let data_dir = tempfile::tempdir().expect("a folder");
        let workplace = Workplace::begin(data_dir.path(), "restore").expect("begun");
        let first = workplace.stage().expect("made");
        let second = workplace.stage().expect("made");
        fs::write(second.path().join("mouse"), "").expect("written");
        drop(first);
        assert!(second.path().join("mouse").exists());
        drop((second, workplace));
        let left = fs::read_dir(data_dir.path()).expect("read");
        assert_eq!(left.count(), 0);
    }
}
