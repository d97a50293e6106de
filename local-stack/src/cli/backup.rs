//! `catweb backup`: one backup, or one after the other.

mod follow;

use super::show;
use crate::recovery::{
    BackupKey, BackupPace, BackupPlace, StatusFile, Vault, Written, key_lies_with_backups,
};
use anyhow::Context as _;
use chrono::{SecondsFormat, Utc};
use clap::Args;
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "\
Examples:
  catweb backup                            of .catweb, into .catweb-backups, also while it runs
  catweb backup --data-dir /srv/catweb --backups /mnt/other-disk/catweb --backup-key /root/catweb-backup-key
  catweb backup --follow                   goes on: what was committed is backed up a second later
  catweb backup --recipient age1...        this machine can write backups and not read them
  catweb restore                           the way back

Without the key no backup can be opened: keep a copy of it elsewhere. By default it lies beside the backups, which
protects them on their way and not from whoever takes both; --backup-key puts it elsewhere.";

/// What to back up, and where to.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value = ".catweb")]
    data_dir: PathBuf,
    #[command(flatten)]
    place: BackupPlace,
    #[command(flatten)]
    pace: BackupPace,
    /// Seals backups for these public keys (age1...) only, so that the secret half need not be on this machine.
    #[arg(long = "recipient", value_name = "KEY", conflicts_with = "backup_key")]
    recipients: Vec<String>,
    /// Goes on until it is stopped: what is committed is added to the backup again and again.
    #[arg(long)]
    follow: bool,
}

pub(super) async fn run(args: BackupArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.data_dir.is_dir(),
        "there is no data folder {}: name it with --data-dir",
        args.data_dir.display()
    );
    anyhow::ensure!(
        args.follow || !args.pace.tells_how_often(),
        "--backup-every-ms and --base-every-min tell how --follow goes on: add it, or leave them out"
    );
    let data_dir = args.data_dir.canonicalize()?;
    let folder = args.place.backups(&args.data_dir);
    let key = choose_key(&args, &folder)?;
    let who = match args.follow {
        true => "catweb backup --follow",
        false => "catweb backup",
    };
    let mut vault = Vault::open(&data_dir, &folder, key, args.pace.retention(), who)?;
    let mut status = StatusFile::begin(&data_dir, &folder.canonicalize()?)
        .context("the data folder cannot be written to")?;
    if args.follow {
        return follow::follow(vault, status, &args.pace).await;
    }
    let began = Utc::now();
    let written = vault.write_base().map(Some);
    status.note(began, &written, true);
    if let Some(written) = written? {
        show(&told(&written));
    }
    Ok(())
}

fn choose_key(args: &BackupArgs, folder: &Path) -> anyhow::Result<BackupKey> {
    if !args.recipients.is_empty() {
        return Ok(BackupKey::of_recipients(&args.recipients)?);
    }
    let path = args.place.key(&args.data_dir);
    let (key, made) = BackupKey::of_file(&path)?;
    let shown = path.display();
    if made {
        show(&format!(
            "made the backup key {shown}: keep a copy of it elsewhere, for without it no backup can be opened"
        ));
    }
    if key_lies_with_backups(&path, folder) {
        show(&format!(
            "the backup key {shown} lies beside the backups: whoever takes both can read them. Keep it elsewhere (--backup-key), or have only its public half here (--recipient {})",
            key.told()
        ));
    }
    Ok(key)
}

fn told(written: &Written) -> String {
    let at = written.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let Some((path, manifest)) = &written.base else {
        return format!("backed up what was committed until {at}");
    };
    let bytes: u64 = manifest.files.iter().map(|file| file.seal.bytes).sum();
    let removed = match written.removed {
        0 => String::new(),
        removed => format!("; removed {removed} older"),
    };
    format!(
        "backed up {} files, {} KiB, as of {at}, and read them again: {} (writers waited {:.1} ms{removed})",
        manifest.files.len(),
        bytes.div_ceil(1024),
        path.display(),
        f64::from(u32::try_from(manifest.held_us).unwrap_or(u32::MAX)) / 1000.0,
    )
}
