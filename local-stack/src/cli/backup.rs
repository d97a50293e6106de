//! `catweb backup`: one backup, or one after the other.

use super::show;
use crate::recovery::{BackupKey, Vault, VaultError, Written};
use chrono::SecondsFormat;
use clap::Args;
use service_chassis::{shutdown, telemetry::with_causes};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

pub(super) const EXAMPLES: &str = "\
Examples:
  catweb backup                            of .catweb, into .catweb-backups, also while it runs
  catweb backup --data-dir /srv/catweb --to /mnt/other-disk/catweb --keep 30
  catweb backup --follow                   goes on: what was committed is backed up a second later
  catweb backup --recipient age1...        this machine can write backups and not read them
  catweb restore                           the way back";

/// What to back up, and where to.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    pub(super) place: BackupPlace,
    /// Seals backups for these public keys (age1...) only, so that the secret half need not be on this machine.
    #[arg(long = "recipient", value_name = "KEY", conflicts_with = "key")]
    recipients: Vec<String>,
    /// So many whole backups are kept, each with what followed it.
    #[arg(long, value_name = "NUMBER", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    keep: u16,
    /// Goes on until it is stopped: what is committed is added to the backup again and again.
    #[arg(long)]
    follow: bool,
    /// How often, in milliseconds: at most so much is lost with the disk.
    #[arg(long, value_name = "MS", default_value_t = 1000, requires = "follow", value_parser = clap::value_parser!(u64).range(10..))]
    every_ms: u64,
    /// How often a whole backup is made, in minutes: the longer, the longer a restore takes.
    #[arg(long, value_name = "MINUTES", default_value_t = 60, requires = "follow", value_parser = clap::value_parser!(u64).range(1..))]
    base_every_min: u64,
}

/// Where things are.
#[derive(Debug, Clone, Args)]
pub(super) struct BackupPlace {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value = ".catweb")]
    pub(super) data_dir: PathBuf,
    /// The folder of backups; better on another disk. DATA_DIR-backups when not told.
    #[arg(long = "backups", alias = "to", alias = "from", value_name = "DIR")]
    backups: Option<PathBuf>,
    /// The file of the key that opens backups, made when there is none. DATA_DIR-backup-key when not told.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl BackupPlace {
    pub(super) fn backups(&self) -> PathBuf {
        let chosen = self.backups.clone();
        chosen.unwrap_or_else(|| beside(&self.data_dir, "-backups"))
    }

    pub(super) fn key(&self) -> PathBuf {
        let chosen = self.key.clone();
        chosen.unwrap_or_else(|| beside(&self.data_dir, "-backup-key"))
    }
}

/// `.catweb` and `-backups` are `.catweb-backups`.
fn beside(data_dir: &Path, what: &str) -> PathBuf {
    let mut name = data_dir.components().as_path().as_os_str().to_owned();
    name.push(what);
    name.into()
}

pub(super) async fn run(args: BackupArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.place.data_dir.is_dir(),
        "there is no data folder {}: name it with --data-dir",
        args.place.data_dir.display()
    );
    let key = choose_key(&args)?;
    let folder = args.place.backups();
    let data_dir = args.place.data_dir.canonicalize()?;
    let mut vault = Vault::new(&data_dir, &folder, key, args.keep.into());
    if !args.follow {
        let written = vault.write_base()?;
        show(&told(&written));
        return Ok(());
    }
    follow(vault, &args).await
}

fn choose_key(args: &BackupArgs) -> anyhow::Result<BackupKey> {
    if !args.recipients.is_empty() {
        return Ok(BackupKey::of_recipients(&args.recipients)?);
    }
    let path = args.place.key();
    let (key, made) = BackupKey::of_file(&path)?;
    if made {
        let path = path.display();
        show(&format!(
            "made the backup key {path}: keep a copy of it elsewhere, for without it no backup can be opened"
        ));
    }
    Ok(key)
}

async fn follow(mut vault: Vault, args: &BackupArgs) -> anyhow::Result<()> {
    let stop = shutdown::on_signal()?;
    let base_every = Duration::from_secs(60 * args.base_every_min);
    let mut last_base = Instant::now();
    let mut ticks = interval(Duration::from_millis(args.every_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        let stopping = tokio::select! {
            _ = ticks.tick() => false,
            () = stop.cancelled() => true,
        };
        let base_is_due = last_base.elapsed() >= base_every && !stopping;
        let working = tokio::task::spawn_blocking(move || {
            let written = match base_is_due {
                true => vault.write_base().map(Some),
                false => vault.write_increment(),
            };
            (vault, written)
        });
        let (back, written) = working.await?;
        vault = back;
        match written {
            Ok(Some(written)) => {
                failing = false;
                if written.base.is_some() {
                    last_base = Instant::now();
                    show(&told(&written));
                }
            }
            Ok(None) => failing = false,
            Err(error) => {
                warn_once(&error, failing);
                failing = true;
            }
        }
        if stopping {
            return Ok(());
        }
    }
}

/// A fault that lasts is said once; the next backup tells that it is over.
fn warn_once(error: &VaultError, said_already: bool) {
    if !said_already {
        show(&format!("no backup: {}", with_causes(error)));
    }
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
