//! Brings a base and what followed it together, up to the last moment at which everything is whole.

use super::catalogue::Base;
use super::check::check_stores;
use super::increment;
use super::key::BackupKey;
use super::sealed::{SealError, open};
use super::staging::{Staging, Workplace};
use chrono::{DateTime, Utc};
use service_chassis::telemetry::with_causes;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Only this user may read a secret.
const SECRET_MODE: u32 = 0o600;

/// How things are brought together.
pub(super) struct Assembly<'a> {
    pub(super) workplace: &'a Workplace,
    pub(super) key: &'a BackupKey,
    /// The moment not to go beyond.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Everything of one moment, not yet in its place.
#[derive(Debug)]
pub(super) struct Staged {
    staging: Staging,
    pub(super) at: DateTime<Utc>,
    pub(super) increments: u64,
}

impl Staged {
    pub(super) fn path(&self) -> &Path {
        self.staging.path()
    }

    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        let findings = check_stores(self.path()).into_iter();
        let mut faults = findings.filter_map(|found| Some((found.store, found.fault?)));
        faults
            .next()
            .map(|(store, fault)| format!("{store}: {fault}"))
    }
}

impl Assembly<'_> {
    /// The last moment of a base at which everything is whole.
    pub(super) fn whole(
        &self,
        base: &Base,
        passed_over: &mut Vec<String>,
    ) -> Result<Staged, String> {
        base.check(self.key).map_err(|error| with_causes(&error))?;
        let last = self.bring_together(base, u64::MAX, passed_over)?;
        let Some(fault) = last.fault() else {
            return Ok(last);
        };
        let increments = last.increments;
        // It takes as much space as what comes instead.
        drop(last);
        passed_over.push(format!(
            "the last moments of {}: {fault}",
            base.path.display()
        ));
        self.whole_before(base, increments, fault)
    }

    /// Damage that was backed up with what was committed stays: the first faulty increment is looked for by halves.
    fn whole_before(&self, base: &Base, faulty: u64, fault: String) -> Result<Staged, String> {
        let (mut least, mut faulty, mut said_already) = (0, faulty, Vec::new());
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
        let staging = self.workplace.stage().map_err(|error| error.to_string())?;
        let place = staging.path();
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
    // The broker's files have a folder of their own.
    to.parent().map_or(Ok(()), fs::create_dir_all).map_err(io)?;
    let mut file = File::create(to).map_err(io)?;
    file.set_permissions(fs::Permissions::from_mode(SECRET_MODE))
        .map_err(io)?;
    io::copy(&mut open(sealed, key)?, &mut file).map_err(io)?;
    file.sync_all().map_err(io)
}
