//! The backups of what runs: whether they can be made at all, how they go, and whether the last one was made.

use super::args::UpArgs;
use super::folder::DataFolder;
use super::screen::{Paint, Screen};
use crate::recovery::{
    BackupKey, BackupPlace, BackupStatus, StatusFile, Vault, key_lies_with_backups,
};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::interval;

/// How often it is looked how they go.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Backups that go on for as long as everything runs.
#[derive(Debug)]
pub(super) struct Backups {
    data_dir: PathBuf,
    folder: PathBuf,
    key: PathBuf,
    pace: Vec<OsString>,
}

impl Backups {
    /// Sees to it that they can begin: a key that cannot be made or a folder that cannot be written to is said before anything
    /// starts.
    pub(super) fn prepare(
        args: &UpArgs,
        data: &DataFolder,
        screen: &Screen,
    ) -> anyhow::Result<Option<Self>> {
        let Some(backups) = &args.backups else {
            anyhow::ensure!(
                !args.pace.tells_anything(),
                "the options of backups need --backups DIR"
            );
            return Ok(None);
        };
        let place = BackupPlace::new(Some(backups.clone()), args.backup_key.clone());
        let key_file = place.key(&args.data_dir);
        let (key, made) = BackupKey::of_file(&key_file).with_context(
            || "backups cannot be sealed; name a file for their key with --backup-key",
        )?;
        let retention = args.pace.retention();
        Vault::open(data.root(), backups, key, retention, "catweb up")
            .context("nothing could be backed up")?;
        let prepared = Self {
            data_dir: data.root().to_owned(),
            folder: backups.canonicalize()?,
            key: key_file.canonicalize()?,
            pace: args.pace.arguments(),
        };
        StatusFile::begin(&prepared.data_dir, &prepared.folder)?;
        prepared.warn_of_the_key(made, screen);
        Ok(Some(prepared))
    }

    fn warn_of_the_key(&self, made: bool, screen: &Screen) {
        let key = self.key.display();
        if made {
            screen.say(&format!(
                "made the backup key {key}: keep a copy of it elsewhere, for without it no backup can be opened"
            ));
        }
        if key_lies_with_backups(&self.key, &self.folder) {
            screen.warn(&format!(
                "the backup key {key} lies beside the backups: whoever takes both can read them. Keep it elsewhere (--backup-key)"
            ));
        }
    }

    /// The command line of the process that makes them.
    pub(super) fn command_line(&self) -> Vec<OsString> {
        let mut arguments = Vec::from(["backup", "--follow"].map(OsString::from));
        for (option, path) in [
            ("--data-dir", &self.data_dir),
            ("--backups", &self.folder),
            ("--backup-key", &self.key),
        ] {
            arguments.extend([option.into(), path.into()]);
        }
        arguments.extend(self.pace.iter().cloned());
        arguments
    }

    /// For the table of what runs.
    pub(super) fn rows(&self) -> [(&'static str, String); 3] {
        let status = BackupStatus::read(&self.data_dir);
        let until = status.map_or_else(|| "never".to_owned(), |status| status.until());
        [
            ("backups", self.folder.display().to_string()),
            ("backup key", self.key.display().to_string()),
            ("backed up until", until),
        ]
    }

    /// Tells when they fail, and when they are made again; until it is dropped.
    pub(super) fn watch(&self, screen: Arc<Screen>) -> JoinSet<()> {
        let (data_dir, mut told) = (self.data_dir.clone(), Told::default());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut ticks = interval(LOOK_AGAIN);
            loop {
                ticks.tick().await;
                if let Some(status) = BackupStatus::read(&data_dir) {
                    told.tell(&status, &screen);
                }
            }
        });
        task
    }

    /// Whether everything of before that moment is backed up.
    pub(super) fn are_complete_until(&self, moment: DateTime<Utc>) -> anyhow::Result<()> {
        let status = BackupStatus::read(&self.data_dir).context("nothing was backed up")?;
        let failure = status.failure.as_ref().map(|failure| &failure.what);
        anyhow::ensure!(
            failure.is_none() && status.complete_until.is_some_and(|until| until >= moment),
            "the last backup was not made, and what was committed after {} is in none{}",
            status.until(),
            failure.map(|what| format!(": {what}")).unwrap_or_default(),
        );
        Ok(())
    }
}

/// What was told last.
#[derive(Debug, Default)]
struct Told {
    failure: Option<String>,
}

impl Told {
    fn tell(&mut self, status: &BackupStatus, screen: &Screen) {
        let failure = status.failure.as_ref().map(|failure| failure.what.clone());
        match &failure {
            now if *now == self.failure => {}
            Some(what) => screen.warn(&format!(
                "no backup, the last one is as of {}: {what}",
                status.until()
            )),
            None => screen.say(&screen.paint(Paint::Good, "backups are made again")),
        }
        self.failure = failure;
    }
}
