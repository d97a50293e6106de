//! `catweb restore` and `catweb check`.

use super::show;
use crate::recovery::{
    BackupKey, BackupLock, BackupPlace, Catalogue, RestoreReport, Restoring, check_stores,
};
use crate::up::DataFolder;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

pub(super) const EXAMPLES: &str = "\
Examples:
  catweb restore                           .catweb as of the last moment in .catweb-backups
  catweb restore --data-dir /srv/catweb --backups /mnt/other-disk/catweb --backup-key /root/catweb-backup-key
  catweb restore --list                    which moments can be gone back to
  catweb restore --until 2026-11-24T15:00:00Z
  catweb restore --rehearse                everything but the replacing: whether the backups are good
  catweb check                             whether the data folder is whole";

/// What to restore.
#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value = ".catweb")]
    data_dir: PathBuf,
    #[command(flatten)]
    place: BackupPlace,
    /// The moment to go back to, as 2026-11-24T15:00:00Z; the last one when not told.
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// Opens, brings together and checks everything, and replaces nothing.
    #[arg(long)]
    rehearse: bool,
    /// Lists the backups and how far each leads.
    #[arg(long, conflicts_with_all = ["until", "rehearse"])]
    list: bool,
}

/// What to check.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The data folder; nothing may run on it.
    #[arg(long, value_name = "DIR", default_value = ".catweb")]
    data_dir: PathBuf,
}

pub(super) fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    let key = BackupKey::of_existing_file(&args.place.key(&args.data_dir))?;
    let catalogue = Catalogue::new(&args.place.backups(&args.data_dir));
    if args.list {
        return list(&catalogue, &key);
    }
    let began = Instant::now();
    let folder = DataFolder::open_to_restore(&args.data_dir)?;
    // Nothing may back up what is half replaced.
    let _alone = BackupLock::take(folder.root(), "catweb restore")?;
    let report = Restoring {
        data_dir: folder.root(),
        catalogue: &catalogue,
        key: &key,
        until: args.until,
        rehearse: args.rehearse,
    }
    .run()?;
    tell(&report, began);
    Ok(())
}

pub(super) fn check(args: &CheckArgs) -> anyhow::Result<()> {
    anyhow::ensure!(args.data_dir.is_dir(), "there is no such data folder");
    let folder = DataFolder::open(&args.data_dir)?;
    let findings = check_stores(folder.root());
    for finding in &findings {
        let fault = finding.fault.as_deref().unwrap_or("whole");
        show(&format!("{}: {fault}", finding.store));
    }
    let damaged = findings
        .iter()
        .filter(|found| found.fault.is_some())
        .count();
    anyhow::ensure!(damaged == 0, "{damaged} stores are damaged: catweb restore");
    Ok(())
}

fn list(catalogue: &Catalogue, key: &BackupKey) -> anyhow::Result<()> {
    let listed = catalogue.list()?;
    for base in &listed.bases {
        let [from, to] = [base.manifest.at, base.reaches(key, None)].map(written);
        show(&format!("{from} to {to}  {}", base.path.display()));
    }
    for unreadable in &listed.unreadable {
        show(&format!("cannot be used: {unreadable}"));
    }
    let folder = catalogue.folder().display();
    show(&format!("{} backups in {folder}", listed.bases.len()));
    Ok(())
}

fn tell(report: &RestoreReport, began: Instant) {
    for reason in &report.passed_over {
        show(&format!("passed over {reason}"));
    }
    let (at, base, increments) = (written(report.at), report.base.display(), report.increments);
    let seconds = began.elapsed().as_secs_f64();
    match &report.kept {
        Some(kept) => show(&format!(
            "restored everything as of {at} from {base} and {increments} increments in {seconds:.2} s; what was there before is in {}",
            kept.display()
        )),
        None => show(&format!(
            "{base} and {increments} increments would restore everything as of {at}; all is whole, nothing was replaced ({seconds:.2} s)"
        )),
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
