//! A folder in the data folder for work under way, gone with it.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Only this user may look: what lies here is not encrypted.
const MODE: u32 = 0o700;

#[derive(Debug)]
pub(super) struct Staging(PathBuf);

impl Staging {
    /// Begins anew; what an interrupted run left is removed.
    pub(super) fn begin(data_dir: &Path, purpose: &str) -> io::Result<Self> {
        let path = data_dir.join(format!("{purpose}.staging"));
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::DirBuilder::new().mode(MODE).create(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // The next one removes it.
        let _left = fs::remove_dir_all(&self.0);
    }
}
