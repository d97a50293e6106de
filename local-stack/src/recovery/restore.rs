//! Back to a moment: everything is brought together and checked beside what is there, and only then takes its place.

use super::assembly::{Assembly, Staged};
use super::catalogue::{Base, Catalogue};
use super::key::BackupKey;
use super::replace::{ReplaceError, replace};
use super::staging::Workplace;
use chrono::{DateTime, Utc};
use std::io;
use std::path::{Path, PathBuf};

/// Nothing was restored; the data folder is as it was, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    #[error("there is no backup in {} from before that moment{}", folder.display(), listed(passed_over))]
    NoBackup {
        folder: PathBuf,
        passed_over: Vec<String>,
    },
    #[error("no backup can be used, and nothing was changed:{}", listed(.0))]
    NoneUsable(Vec<String>),
    #[error("{attempted}; nothing was changed")]
    Io {
        attempted: &'static str,
        source: io::Error,
    },
    #[error(transparent)]
    Replace(#[from] ReplaceError),
}

fn listed(reasons: &[String]) -> String {
    reasons
        .iter()
        .map(|reason| format!("\n  {reason}"))
        .collect()
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

impl Restoring<'_> {
    /// Restores. The caller holds the data folder.
    pub(crate) fn run(&self) -> Result<RestoreReport, RestoreError> {
        let io = |attempted| move |source| RestoreError::Io { attempted, source };
        let listed = self.catalogue.list();
        let listed = listed.map_err(io("the folder of backups cannot be read"))?;
        let mut passed_over: Vec<String> =
            listed.unreadable.iter().map(ToString::to_string).collect();
        let bases = self.candidates(listed.bases);
        if bases.is_empty() {
            let folder = self.catalogue.folder().to_owned();
            return Err(RestoreError::NoBackup {
                folder,
                passed_over,
            });
        }
        let workplace = Workplace::begin(self.data_dir, "restore");
        let workplace = workplace.map_err(io("the data folder cannot be written to"))?;
        let assembly = Assembly {
            workplace: &workplace,
            key: self.key,
            until: self.until,
        };
        match farthest(&assembly, bases, &mut passed_over) {
            Some((base, staged)) => self.finish(&base, &staged, passed_over),
            None => Err(RestoreError::NoneUsable(passed_over)),
        }
    }

    /// The bases that lead to the moment, with how far each does; the farthest first, and of two that lead as far the newer.
    fn candidates(&self, bases: Vec<Base>) -> Vec<(DateTime<Utc>, Base)> {
        let mut candidates: Vec<_> = bases
            .into_iter()
            .filter(|base| self.until.is_none_or(|until| base.manifest.at <= until))
            .map(|base| (base.reaches(self.key, self.until), base))
            .collect();
        candidates.sort_by_key(|(reaches, base)| (*reaches, base.manifest.at));
        candidates.reverse();
        candidates
    }

    fn finish(
        &self,
        base: &Base,
        staged: &Staged,
        passed_over: Vec<String>,
    ) -> Result<RestoreReport, RestoreError> {
        let names = base.manifest.names();
        let kept = match self.rehearse {
            true => None,
            false => Some(replace(self.data_dir, staged.path(), &names)?),
        };
        Ok(RestoreReport {
            at: staged.at,
            base: base.path.clone(),
            increments: staged.increments,
            passed_over,
            kept,
        })
    }
}

/// What leads farthest once it was brought together: damage may end the way of a base before another's end.
fn farthest(
    assembly: &Assembly<'_>,
    candidates: Vec<(DateTime<Utc>, Base)>,
    passed_over: &mut Vec<String>,
) -> Option<(Base, Staged)> {
    let mut best: Option<(Base, Staged)> = None;
    for (reaches, base) in candidates {
        if best
            .as_ref()
            .is_some_and(|(_, staged)| staged.at >= reaches)
        {
            break;
        }
        match assembly.whole(&base, passed_over) {
            Ok(staged) if best.as_ref().is_some_and(|(_, best)| best.at >= staged.at) => {}
            Ok(staged) => best = Some((base, staged)),
            Err(reason) => passed_over.push(format!("{}: {reason}", base.path.display())),
        }
    }
    best
}
