//! Back to a moment: everything is brought together and checked beside what is there, and only then takes its place.

use super::catalogue::{Base, Catalogue};
use super::check::check_stores;
use super::identity::RESTORED;
use super::increment;
use super::key::BackupKey;
use super::sealed::{SealError, open};
use super::staging::Staging;
use super::stores::{BROKER, DATABASE_COMPANIONS, DATABASES, SMALL_FILES, beside};
use chrono::{DateTime, Utc};
use service_chassis::telemetry::with_causes;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// While this file is in a data folder, part of it is of before and part of after a restore.
pub(crate) const UNDER_WAY: &str = "restore-under-way";
/// Only this user may read a secret.
const SECRET_MODE: u32 = 0o600;

/// Nothing was restored; the data folder is as it was, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    #[error("there is no backup in {} from before that moment", .0.display())]
    NoBackup(PathBuf),
    #[error("no backup can be used, and nothing was changed:\n  {}", .0.join("\n  "))]
    NoneUsable(Vec<String>),
    #[error("{attempted}; nothing was changed")]
    Io {
        attempted: &'static str,
        source: io::Error,
    },
    #[error(
        "the restore was interrupted while files took their places: run it again. What was there before is in {}",
        kept.display()
    )]
    Interrupted { kept: PathBuf, source: io::Error },
}

/// What was restored.
#[derive(Debug)]
pub(crate) struct RestoreReport {
    /// The moment that everything is of now.
    pub(crate) at: DateTime<Utc>,
    pub(crate) base: PathBuf,
    pub(crate) increments: u64,
    /// Backups that could not be used, and why.
    pub(crate) passed_over: Vec<String>,
    /// Where what was there before is now; none for a rehearsal.
    pub(crate) kept: Option<PathBuf>,
}

/// What to restore where.
#[derive(Debug)]
pub(crate) struct Restoring<'a> {
    pub(crate) data_dir: &'a Path,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) key: &'a BackupKey,
    /// The moment to go back to; as far as it goes when there is none.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Whether everything is done but the replacing.
    pub(crate) rehearse: bool,
}

/// Everything of one moment, not yet in its place.
struct Staged {
    staging: Staging,
    at: DateTime<Utc>,
    increments: u64,
}

impl Staged {
    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        let findings = check_stores(self.staging.path()).into_iter();
        let mut faults = findings.filter_map(|found| Some((found.store, found.fault?)));
        faults
            .next()
            .map(|(store, fault)| format!("{store}: {fault}"))
    }
}

impl Restoring<'_> {
    /// Restores. The caller holds the data folder.
    pub(crate) fn run(&self) -> Result<RestoreReport, RestoreError> {
        let listing = |source| RestoreError::Io {
            attempted: "the folder of backups cannot be read",
            source,
        };
        let mut bases = self.catalogue.bases().map_err(listing)?;
        bases.retain(|base| self.until.is_none_or(|until| base.manifest.at <= until));
        if bases.is_empty() {
            let folder = self.catalogue.folder().to_owned();
            return Err(RestoreError::NoBackup(folder));
        }
        let mut passed_over = Vec::new();
        for base in bases.into_iter().rev() {
            match self.stage(&base, &mut passed_over) {
                Ok(staged) => return self.finish(&base, &staged, passed_over),
                Err(reason) => passed_over.push(format!("{}: {reason}", base.path.display())),
            }
        }
        Err(RestoreError::NoneUsable(passed_over))
    }

    fn finish(
        &self,
        base: &Base,
        staged: &Staged,
        passed_over: Vec<String>,
    ) -> Result<RestoreReport, RestoreError> {
        let kept = match self.rehearse {
            true => None,
            false => Some(replace(self.data_dir, staged.staging.path())?),
        };
        Ok(RestoreReport {
            at: staged.at,
            base: base.path.clone(),
            increments: staged.increments,
            passed_over,
            kept,
        })
    }

    /// The last moment of a base at which everything was whole.
    fn stage(&self, base: &Base, passed_over: &mut Vec<String>) -> Result<Staged, String> {
        base.check(self.key).map_err(|error| with_causes(&error))?;
        let last = self.bring_together(base, u64::MAX, passed_over)?;
        let Some(fault) = last.fault() else {
            return Ok(last);
        };
        passed_over.push(format!(
            "the last moments of {}: {fault}",
            base.path.display()
        ));
        // Damage that was backed up with what was committed stays: the first faulty increment is looked for by halves.
        let (mut least, mut faulty, mut said_already) = (0, last.increments, Vec::new());
        while least < faulty {
            let middle = least + (faulty - least) / 2;
            let staged = self.bring_together(base, middle, &mut said_already)?;
            match staged.fault() {
                None => least = middle + 1,
                Some(_) => faulty = middle,
            }
        }
        let whole = faulty.checked_sub(1).ok_or(fault)?;
        let staged = self.bring_together(base, whole, &mut said_already)?;
        match staged.fault() {
            None => Ok(staged),
            Some(fault) => Err(fault),
        }
    }

    /// Brings a base and at most so many of its increments together.
    fn bring_together(
        &self,
        base: &Base,
        at_most: u64,
        passed_over: &mut Vec<String>,
    ) -> Result<Staged, String> {
        let staging =
            Staging::begin(self.data_dir, "restore").map_err(|error| error.to_string())?;
        let place = staging.path();
        fs::create_dir_all(place.join(BROKER)).map_err(|error| error.to_string())?;
        for file in &base.manifest.files {
            let sealed = base.path.join(&file.sealed);
            unseal(&sealed, &place.join(&file.path), self.key)
                .map_err(|error| with_causes(&error))?;
        }
        let (mut at, mut increments) = (base.manifest.at, 0);
        let paths = (1..=at_most).zip(base.increments());
        for (number, path) in paths {
            match self.apply(&path, number, place) {
                Ok(Some(moment)) => (at, increments) = (moment, number),
                Ok(None) => break,
                // Up to here it is exact; what comes after cannot be had.
                Err(reason) => {
                    passed_over.push(format!("{} and what follows: {reason}", path.display()));
                    break;
                }
            }
        }
        Ok(Staged {
            staging,
            at,
            increments,
        })
    }

    /// Applies an increment; none when it leads too far.
    fn apply(
        &self,
        path: &Path,
        number: u64,
        place: &Path,
    ) -> Result<Option<DateTime<Utc>>, String> {
        let mut bytes = Vec::new();
        let mut reader = open(path, self.key).map_err(|error| with_causes(&error))?;
        // Whole before any of it is used: only then is it known to be what was written.
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        let moment = increment::moment(&mut bytes.as_slice(), number);
        let moment = moment.map_err(|error| error.to_string())?;
        if self.until.is_some_and(|until| moment > until) {
            return Ok(None);
        }
        let applied = increment::apply(&mut bytes.as_slice(), number, place);
        applied.map(Some).map_err(|error| error.to_string())
    }
}

fn unseal(sealed: &Path, to: &Path, key: &BackupKey) -> Result<(), SealError> {
    let io = |source| SealError::Io {
        path: to.to_owned(),
        source,
    };
    let mut file = File::create(to).map_err(io)?;
    file.set_permissions(fs::Permissions::from_mode(SECRET_MODE))
        .map_err(io)?;
    io::copy(&mut open(sealed, key)?, &mut file).map_err(io)?;
    file.sync_all().map_err(io)
}

/// Moves what is there aside and what is staged into its place. Answers where what was there is.
fn replace(data_dir: &Path, staged: &Path) -> Result<PathBuf, RestoreError> {
    let stamp = Utc::now().format("%Y-%m-%dT%H-%M-%S%.3fZ");
    let kept = data_dir.join(format!("replaced-{stamp}"));
    let begin = || {
        fs::create_dir(&kept)?;
        File::create(data_dir.join(UNDER_WAY))?.sync_all()?;
        File::open(data_dir)?.sync_all()
    };
    begin().map_err(|source| RestoreError::Io {
        attempted: "the data folder cannot be written to",
        source,
    })?;
    let swap = || {
        for name in names() {
            move_if_there(&data_dir.join(&name), &kept.join(&name))?;
        }
        for name in names() {
            move_if_there(&staged.join(&name), &data_dir.join(&name))?;
        }
        File::create(data_dir.join(RESTORED))?;
        File::open(data_dir)?.sync_all()?;
        fs::remove_file(data_dir.join(UNDER_WAY))
    };
    match swap() {
        Ok(()) => Ok(kept),
        Err(source) => Err(RestoreError::Interrupted { kept, source }),
    }
}

/// Everything that a restore replaces.
fn names() -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = [BROKER]
        .iter()
        .chain(&SMALL_FILES)
        .map(PathBuf::from)
        .collect();
    for database in DATABASES.map(Path::new) {
        names.push(database.to_owned());
        names.extend(DATABASE_COMPANIONS.map(|companion| beside(database, companion)));
    }
    names
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}
