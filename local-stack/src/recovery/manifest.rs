//! What a base says of itself, in the clear: nothing in it is secret.

use super::identity::Identity;
use super::sealed::Seal;
use super::stores::everything;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The form of backups that this program writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;
const FILE: &str = "manifest.json";

/// A base.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// The moment that it is of.
    pub(crate) at: DateTime<Utc>,
    /// Which program wrote it.
    pub(crate) catweb: String,
    /// How long writers were held for it, in microseconds.
    pub(crate) held_us: u64,
    pub(crate) files: Vec<StoredFile>,
    /// Which files the stores were.
    pub(crate) stores: BTreeMap<String, Identity>,
}

/// A file of the data folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    /// Its path in the data folder.
    pub(crate) path: String,
    /// Its path in the base.
    pub(crate) sealed: String,
    pub(crate) seal: Seal,
}

impl Manifest {
    pub(super) fn write(&self, base: &Path) -> io::Result<()> {
        let mut file = File::create(base.join(FILE))?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()
    }

    /// What of the data folder is in it: files, and the folders of files.
    pub(super) fn names(&self) -> Vec<PathBuf> {
        let paths = self.files.iter().map(|file| Path::new(&file.path));
        let names = paths.filter_map(|path| path.components().next());
        let names: BTreeSet<PathBuf> = names.map(|name| PathBuf::from(name.as_os_str())).collect();
        names.into_iter().collect()
    }

    /// Whether there is one; it may be damaged.
    pub(super) fn is_in(base: &Path) -> bool {
        base.join(FILE).exists()
    }

    pub(super) fn read(base: &Path) -> io::Result<Self> {
        let manifest: Self = serde_json::from_slice(&fs::read(base.join(FILE))?)?;
        if manifest.format != FORMAT {
            let format = manifest.format;
            return Err(io::Error::other(format!(
                "the manifest has format {format}, this program reads {FORMAT}"
            )));
        }
        let known = everything();
        let stays = manifest.files.iter().all(StoredFile::stays_inside);
        match stays && manifest.names().iter().all(|name| known.contains(name)) {
            true => Ok(manifest),
            false => Err(io::Error::other(
                "the manifest names files that are none of Catweb's",
            )),
        }
    }
}

impl StoredFile {
    /// Whether its paths lead nowhere else: the manifest is not encrypted, so somebody may have written into it.
    fn stays_inside(&self) -> bool {
        [&self.path, &self.sealed].into_iter().all(|path| {
            let mut parts = Path::new(path).components();
            parts.all(|part| matches!(part, std::path::Component::Normal(_)))
        })
    }
}
