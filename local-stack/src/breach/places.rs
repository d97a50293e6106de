//! What lies where, and under which names it is put aside.

use super::args::BreachArgs;
use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, Utc};
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Only this user may look at evidence.
const FOLDER_MODE: u32 = 0o700;

/// The files and folders of one answer.
#[derive(Debug)]
pub(super) struct Places {
    data_dir: PathBuf,
    evidence: PathBuf,
    backups: PathBuf,
    backup_key: PathBuf,
    began_at: DateTime<Utc>,
}

impl Places {
    pub(super) fn of(args: &BreachArgs) -> anyhow::Result<Self> {
        let data_dir = args.data_dir.canonicalize().with_context(|| {
            let shown = args.data_dir.display();
            format!("there is no data folder {shown}: name it with --data-dir")
        })?;
        let began_at = Utc::now();
        let stamp = began_at.format("%Y-%m-%dT%H-%M-%SZ");
        let chosen = args.evidence.clone();
        let evidence = chosen.unwrap_or_else(|| with_end(&data_dir, &format!("-breach-{stamp}")));
        let evidence = std::path::absolute(evidence)?;
        anyhow::ensure!(
            !evidence.starts_with(&data_dir),
            "the evidence cannot be in the data folder: name another place with --evidence"
        );
        Ok(Self {
            evidence,
            backups: args.place.backups(&data_dir),
            backup_key: args.place.key(&data_dir),
            began_at,
            data_dir,
        })
    }

    pub(super) fn make_evidence_folder(&self) -> anyhow::Result<()> {
        let made = DirBuilder::new().mode(FOLDER_MODE).create(&self.evidence);
        made.with_context(|| {
            let shown = self.evidence.display();
            format!("the evidence folder {shown} cannot be made (it must not be there)")
        })
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(super) fn evidence(&self) -> &Path {
        &self.evidence
    }

    /// Opens the evidence; beside it, so that the evidence can go elsewhere without it.
    pub(super) fn evidence_key(&self) -> PathBuf {
        with_end(&self.evidence, "-key")
    }

    /// The new secrets of traps, for whoever brings them to the devices.
    pub(super) fn trap_secrets(&self) -> PathBuf {
        with_end(&self.evidence, "-trap-credentials.jsonl")
    }

    pub(super) fn backups(&self) -> &Path {
        &self.backups
    }

    pub(super) fn backup_key(&self) -> &Path {
        &self.backup_key
    }

    pub(super) fn began_at(&self) -> String {
        self.began_at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// Puts what is there aside under a name that says so. Answers the name, when there was something.
    pub(super) fn put_aside(&self, path: &Path) -> std::io::Result<Option<PathBuf>> {
        if !path.try_exists()? {
            return Ok(None);
        }
        let stamp = self.began_at.format("-retired-%Y-%m-%dT%H-%M-%SZ");
        let aside = with_end(path, &stamp.to_string());
        fs::rename(path, &aside)?;
        Ok(Some(aside))
    }
}

/// `.catweb` and `-backups` are `.catweb-backups`.
fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name: OsString = path.components().as_path().as_os_str().to_owned();
    name.push(end);
    name.into()
}
