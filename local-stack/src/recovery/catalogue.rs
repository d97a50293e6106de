//! The bases of a folder of backups, with their increments.

use super::increment;
use super::key::BackupKey;
use super::manifest::Manifest;
use super::sealed::{SealError, check, open};
use chrono::{DateTime, SubsecRound as _, Utc};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The increments of a base.
const INCREMENTS: &str = "increments";
/// A base under way has this at the end of its name.
const UNFINISHED: &str = ".unfinished";

/// A folder of backups.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue(PathBuf);

/// A base that can be restored.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) path: PathBuf,
    pub(crate) manifest: Manifest,
}

impl Catalogue {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// All whole bases, oldest first. One whose manifest cannot be read is passed over.
    pub(crate) fn bases(&self) -> io::Result<Vec<Base>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut bases: Vec<Base> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| !path.to_string_lossy().ends_with(UNFINISHED))
            .filter_map(|path| {
                let manifest = Manifest::read(&path).ok()?;
                Some(Base { path, manifest })
            })
            .collect();
        bases.sort_by_key(|base| base.manifest.at);
        Ok(bases)
    }

    /// A folder for a new base, which counts when it is [`Self::finish`]ed.
    pub(super) fn begin(&self, now: DateTime<Utc>) -> io::Result<PathBuf> {
        let stamp = now.trunc_subsecs(3).format("%Y-%m-%dT%H-%M-%S%.3fZ");
        let place = self.0.join(format!("{stamp}{UNFINISHED}"));
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    pub(super) fn finish(&self, unfinished: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(unfinished.join(INCREMENTS))?;
        let name = unfinished.to_string_lossy();
        let finished = PathBuf::from(name.trim_end_matches(UNFINISHED));
        fs::rename(unfinished, &finished)?;
        fs::File::open(&self.0)?.sync_all()?;
        Ok(finished)
    }

    /// Removes what is older than the newest `keep` bases, and what interrupted runs left. Answers how many bases went.
    pub(super) fn keep_newest(&self, keep: usize) -> io::Result<usize> {
        for entry in fs::read_dir(&self.0)?.flatten() {
            if entry.file_name().to_string_lossy().ends_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let bases = self.bases()?;
        let old = bases.len().saturating_sub(keep.max(1));
        for base in &bases[..old] {
            fs::remove_dir_all(&base.path)?;
        }
        Ok(old)
    }
}

impl Base {
    /// Opens every file of the base.
    pub(crate) fn check(&self, key: &BackupKey) -> Result<(), SealError> {
        let mut files = self.manifest.files.iter();
        files.try_for_each(|file| check(&self.path.join(&file.sealed), &file.seal, key))
    }

    /// Its increments in order, up to the first that is missing.
    pub(super) fn increments(&self) -> Vec<PathBuf> {
        let numbered = (1..).map(|number| increment_path(&self.path, number));
        numbered.take_while(|path| path.exists()).collect()
    }

    /// The last moment that it leads to.
    pub(crate) fn reaches(&self, key: &BackupKey) -> Result<DateTime<Utc>, SealError> {
        let increments = self.increments();
        let Some(last) = increments.last() else {
            return Ok(self.manifest.at);
        };
        let moment = increment::moment(&mut open(last, key)?, increments.len() as u64);
        moment.map_err(|source| SealError::Io {
            path: last.clone(),
            source,
        })
    }
}

/// Where an increment of a base is.
pub(super) fn increment_path(base: &Path, number: u64) -> PathBuf {
    base.join(INCREMENTS).join(format!("{number:010}.age"))
}
