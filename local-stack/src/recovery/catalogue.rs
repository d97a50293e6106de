//! The bases of a folder of backups, with their increments.

use super::increment;
use super::key::BackupKey;
use super::manifest::Manifest;
use super::retention::Retention;
use super::sealed::{SealError, check, open};
use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The increments of a base.
const INCREMENTS: &str = "increments";
/// A base is named for when it was begun.
const NAME: &str = "%Y-%m-%dT%H-%M-%S%.3fZ";
/// A base under way has this at the end of its name.
const UNFINISHED: &str = ".unfinished";

/// A folder of backups.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue(PathBuf);

/// What is in a folder of backups.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Oldest first.
    pub(crate) bases: Vec<Base>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// What looks like a base and cannot be restored.
#[derive(Debug, thiserror::Error)]
#[error("{}: its manifest cannot be read: {why}", path.display())]
pub(crate) struct Unreadable {
    path: PathBuf,
    why: io::Error,
}

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

    /// All whole bases, and what looks like one and is none.
    pub(crate) fn list(&self) -> io::Result<Listed> {
        let mut listed = Listed::default();
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listed),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            if !looks_like_a_base(&path) {
                continue;
            }
            match Manifest::read(&path) {
                Ok(manifest) => listed.bases.push(Base { path, manifest }),
                Err(why) => listed.unreadable.push(Unreadable { path, why }),
            }
        }
        listed.bases.sort_by_key(|base| base.manifest.at);
        listed.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(listed)
    }

    /// A folder for a new base, which counts when it is [`Self::finish`]ed.
    pub(super) fn begin(&self, now: DateTime<Utc>) -> io::Result<PathBuf> {
        let stamp = now.trunc_subsecs(3).format(NAME);
        let place = self.0.join(format!("{stamp}{UNFINISHED}"));
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    pub(super) fn finish(&self, unfinished: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(unfinished.join(INCREMENTS))?;
        let finished = unfinished.with_extension("");
        fs::rename(unfinished, &finished)?;
        fs::File::open(&self.0)?.sync_all()?;
        Ok(finished)
    }

    /// Removes the bases that need not be kept any more, and what interrupted runs left. Answers how many bases went. The
    /// caller is the only one that writes here.
    pub(super) fn tidy(&self, retention: &Retention) -> io::Result<usize> {
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if is_unfinished(&path) {
                fs::remove_dir_all(path)?;
            }
        }
        let bases = self.list()?.bases;
        let moments: Vec<_> = bases.iter().map(|base| base.manifest.at).collect();
        let kept = retention.kept(&moments);
        let old = bases
            .iter()
            .filter(|base| !kept.contains(&base.manifest.at));
        let mut removed = 0;
        for base in old {
            // Half a base must not look like one.
            let leaving = unfinished(&base.path);
            fs::rename(&base.path, &leaving)?;
            fs::remove_dir_all(leaving)?;
            removed += 1;
        }
        Ok(removed)
    }
}

fn is_unfinished(path: &Path) -> bool {
    path.to_string_lossy().ends_with(UNFINISHED)
}

fn unfinished(base: &Path) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// A folder with a manifest, or with the name of a base that has lost its manifest. The root of a disk has other folders, too.
fn looks_like_a_base(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_named_so = NaiveDateTime::parse_from_str(&name, NAME).is_ok();
    path.is_dir() && !is_unfinished(path) && (is_named_so || Manifest::is_in(path))
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

    /// The last moment that it leads to, as far as can be told without bringing it together; not beyond `until`.
    pub(crate) fn reaches(&self, key: &BackupKey, until: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let moment = |(number, path): &(u64, PathBuf)| -> Option<DateTime<Utc>> {
            increment::moment(&mut open(path, key).ok()?, *number).ok()
        };
        let increments: Vec<_> = (1..).zip(self.increments()).collect();
        let lead_on = increments.partition_point(|increment| {
            until.is_none_or(|until| moment(increment).is_none_or(|moment| moment <= until))
        });
        let last = increments[..lead_on].iter().rev().find_map(moment);
        last.unwrap_or(self.manifest.at)
    }
}

/// Where an increment of a base is.
pub(super) fn increment_path(base: &Path, number: u64) -> PathBuf {
    base.join(INCREMENTS).join(format!("{number:010}.age"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_without_a_readable_manifest_is_told_of_and_other_folders_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let damaged = folder.path().join("2026-11-24T15-00-00.250Z");
        fs::create_dir_all(&damaged).expect("made");
        fs::create_dir(folder.path().join("lost+found")).expect("made");
        let unfinished = folder.path().join("2026-11-24T15-00-00.500Z.unfinished");
        fs::create_dir(unfinished).expect("made");
        let listed = Catalogue::new(folder.path()).list().expect("read");
        assert!(listed.bases.is_empty());
        let told: Vec<_> = listed.unreadable.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("15-00-00.250Z: its manifest"), "{told:?}");
    }
}
