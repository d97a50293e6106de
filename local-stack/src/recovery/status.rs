//! How the backups of a data folder go, in a file of it: for the runner, and for whoever looks.

use super::vault::{VaultError, Written};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::telemetry::with_causes;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const FILE: &str = "backup-status.json";
/// While nothing changes, the file is written so often at most.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// How they go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackupStatus {
    pub(crate) folder: PathBuf,
    /// Everything that was committed until then is in the backup.
    pub(crate) complete_until: Option<DateTime<Utc>>,
    /// Why nothing is backed up now.
    pub(crate) failure: Option<Failure>,
}

/// Something that lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) since: DateTime<Utc>,
    pub(crate) what: String,
}

impl BackupStatus {
    /// None when nothing was ever backed up, or the file is damaged.
    pub(crate) fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()
    }

    /// Up to when, in words.
    pub(crate) fn until(&self) -> String {
        let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.complete_until
            .map_or_else(|| "never".to_owned(), written)
    }
}

/// Keeps the status.
#[derive(Debug)]
pub(crate) struct StatusFile {
    path: PathBuf,
    status: BackupStatus,
    written: Option<Instant>,
}

impl StatusFile {
    /// Begins; what is known of the same folder of backups from before stays known, but for a failure.
    pub(crate) fn begin(data_dir: &Path, folder: &Path) -> io::Result<Self> {
        let before = BackupStatus::read(data_dir).filter(|before| before.folder == folder);
        let mut file = Self {
            path: data_dir.join(FILE),
            status: BackupStatus {
                folder: folder.to_owned(),
                complete_until: before.and_then(|before| before.complete_until),
                failure: None,
            },
            written: None,
        };
        file.write()?;
        Ok(file)
    }

    /// Notes how it went, at the end of the work `for_good`. Answers what is to be said: a fault once for as long as it is the same
    /// one, and that it is over.
    pub(crate) fn note(
        &mut self,
        now: DateTime<Utc>,
        result: &Result<Option<Written>, VaultError>,
        for_good: bool,
    ) -> Option<String> {
        let said = match result {
            Ok(_) => {
                self.status.complete_until = Some(now);
                let over = self.status.failure.take();
                over.map(|_| "backups are made again".to_owned())
            }
            Err(error) => self.note_failure(now, with_causes(error)),
        };
        let is_due = self.written.is_none_or(|at| at.elapsed() >= WRITE_EVERY);
        if said.is_none() && !is_due && !for_good {
            return None;
        }
        match self.write() {
            Ok(()) => said,
            // The backup itself went as it went.
            Err(error) => {
                let path = self.path.display();
                Some(said.unwrap_or_else(|| format!("{path} cannot be written: {error}")))
            }
        }
    }

    fn note_failure(&mut self, now: DateTime<Utc>, what: String) -> Option<String> {
        let before = self.status.failure.take();
        let is_known = before.as_ref().is_some_and(|before| before.what == what);
        let said = (!is_known).then(|| {
            let until = self.status.until();
            format!("no backup, the last one is as of {until}: {what}")
        });
        let since = before.map_or(now, |before| before.since);
        self.status.failure = Some(Failure { since, what });
        said
    }

    fn write(&mut self) -> io::Result<()> {
        self.written = Some(Instant::now());
        let half_written = self.path.with_extension("new");
        fs::write(&half_written, serde_json::to_vec_pretty(&self.status)?)?;
        fs::rename(half_written, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_failure_is_said_once_and_so_is_that_it_is_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = StatusFile::begin(folder.path(), Path::new("/b")).expect("begun");
        let now = Utc::now();
        let mut note = |result: Result<Option<Written>, VaultError>| file.note(now, &result, true);
        let missing = |store: &str| {
            let store = store.to_owned();
            Err(VaultError::Missing { store })
        };
        assert_eq!(note(Ok(None)), None);
        assert!(note(missing("cat-node.db")).is_some_and(|said| said.contains("cat-node.db")));
        assert_eq!(note(missing("cat-node.db")), None);
        assert!(note(missing("broker")).is_some_and(|said| said.contains("broker")));
        let status = BackupStatus::read(folder.path()).expect("written");
        assert_eq!(status.complete_until, Some(now));
        assert!(
            status
                .failure
                .is_some_and(|failure| failure.what.contains("broker"))
        );
        assert!(note(Ok(None)).is_some());
        let again = StatusFile::begin(folder.path(), Path::new("/b")).expect("begun");
        assert_eq!(again.status.complete_until, Some(now));
        let other = StatusFile::begin(folder.path(), Path::new("/c")).expect("begun");
        assert_eq!(other.status.complete_until, None);
    }
}
