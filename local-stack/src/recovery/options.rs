//! The options of everything that makes or uses backups: one word for one thing in `up`, `backup` and `restore`.

use super::retention::Retention;
use clap::Args;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_EVERY_MS: u64 = 1000;
const DEFAULT_BASE_EVERY_MIN: u64 = 60;
const DEFAULT_RETENTION: Retention = Retention {
    last: 7,
    hourly: 24,
    daily: 14,
    weekly: 8,
};

/// Where backups are, and what opens them.
#[derive(Debug, Clone, Args)]
pub(crate) struct BackupPlace {
    /// The folder of backups; better on another disk. DATA_DIR-backups when not told.
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// The file of the key that opens backups, made when there is none; better not where the backups are, and a copy of it
    /// elsewhere. DATA_DIR-backup-key when not told.
    #[arg(long, value_name = "FILE")]
    backup_key: Option<PathBuf>,
}

/// How often backups are made, and how many are kept.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BackupPace {
    /// How often what was committed is added to the backup, in milliseconds: at most so much is lost with the disk
    /// [default: 1000].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    backup_every_ms: Option<u64>,
    /// How often a whole backup is made, in minutes: the longer, the longer a restore takes [default: 60].
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=10_080))]
    base_every_min: Option<u64>,
    /// So many of the newest whole backups are kept, each with what followed it [default: 7].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    keep_last: Option<u16>,
    /// And the last one of each of so many hours [default: 24],
    #[arg(long, value_name = "NUMBER")]
    keep_hourly: Option<u16>,
    /// of so many days [default: 14],
    #[arg(long, value_name = "NUMBER")]
    keep_daily: Option<u16>,
    /// and of so many weeks [default: 8].
    #[arg(long, value_name = "NUMBER")]
    keep_weekly: Option<u16>,
}

impl BackupPlace {
    pub(crate) fn new(backups: Option<PathBuf>, backup_key: Option<PathBuf>) -> Self {
        Self {
            backups,
            backup_key,
        }
    }

    pub(crate) fn backups(&self, data_dir: &Path) -> PathBuf {
        let chosen = self.backups.clone();
        chosen.unwrap_or_else(|| beside(data_dir, "-backups"))
    }

    pub(crate) fn key(&self, data_dir: &Path) -> PathBuf {
        let chosen = self.backup_key.clone();
        chosen.unwrap_or_else(|| beside(data_dir, "-backup-key"))
    }
}

impl BackupPace {
    pub(crate) fn every(&self) -> Duration {
        Duration::from_millis(self.backup_every_ms.unwrap_or(DEFAULT_EVERY_MS))
    }

    pub(crate) fn base_every(&self) -> Duration {
        Duration::from_secs(60 * self.base_every_min.unwrap_or(DEFAULT_BASE_EVERY_MIN))
    }

    pub(crate) fn retention(&self) -> Retention {
        let or = |chosen: Option<u16>, default| chosen.map_or(default, usize::from);
        Retention {
            last: or(self.keep_last, DEFAULT_RETENTION.last),
            hourly: or(self.keep_hourly, DEFAULT_RETENTION.hourly),
            daily: or(self.keep_daily, DEFAULT_RETENTION.daily),
            weekly: or(self.keep_weekly, DEFAULT_RETENTION.weekly),
        }
    }

    /// Whether it was told how often.
    pub(crate) fn tells_how_often(&self) -> bool {
        self.backup_every_ms.or(self.base_every_min).is_some()
    }

    /// Whether anything was told.
    pub(crate) fn tells_anything(&self) -> bool {
        !self.arguments().is_empty()
    }

    /// What was told, for another command line.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let count = |count: Option<u16>| count.map(u64::from);
        let options = [
            ("--backup-every-ms", self.backup_every_ms),
            ("--base-every-min", self.base_every_min),
            ("--keep-last", count(self.keep_last)),
            ("--keep-hourly", count(self.keep_hourly)),
            ("--keep-daily", count(self.keep_daily)),
            ("--keep-weekly", count(self.keep_weekly)),
        ];
        let told = options
            .into_iter()
            .filter_map(|(name, value)| Some([name.into(), value?.to_string().into()]));
        told.flatten().collect()
    }
}

/// `.catweb` and `-backups` are `.catweb-backups`.
fn beside(data_dir: &Path, what: &str) -> PathBuf {
    let mut name = data_dir.components().as_path().as_os_str().to_owned();
    name.push(what);
    name.into()
}

/// Whether one disk, or one thief, has both the backups and what opens them.
pub(crate) fn key_lies_with_backups(key: &Path, backups: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (key, backups) = (whole(key), whole(backups));
    key.starts_with(&backups) || key.parent() == backups.parent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_beside_or_among_the_backups_is_seen() {
        let lies_with = |key: &str| key_lies_with_backups(Path::new(key), Path::new("/a/backups"));
        assert!(lies_with("/a/backup-key") && lies_with("/a/backups/key"));
        assert!(!lies_with("/b/backup-key") && !lies_with("/a/b/backup-key"));
    }
}
