//! The command line of `catweb breach`.

use crate::recovery::BackupPlace;
use clap::Args;
use std::path::PathBuf;

/// What to answer, and how far to go.
#[derive(Debug, Args)]
pub(crate) struct BreachArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value = ".catweb")]
    pub(super) data_dir: PathBuf,
    /// Tells what would be done, and does nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Where the evidence and the report go: a new folder. DATA_DIR-breach-TIME when not told.
    #[arg(long, value_name = "DIR")]
    pub(super) evidence: Option<PathBuf>,
    /// Seals the evidence for these public keys (age1...) only, so that this machine cannot open it; without it a key is
    /// made beside the evidence.
    #[arg(long = "recipient", value_name = "KEY")]
    pub(super) recipients: Vec<String>,
    #[command(flatten)]
    pub(super) place: BackupPlace,
    /// Leaves the quarantine in place also when all went well, for people to look first.
    #[arg(long)]
    pub(super) keep_closed: bool,
    /// Only lifts the quarantine that an earlier answer left.
    #[arg(long, conflicts_with_all = ["dry_run", "keep_closed"])]
    pub(super) lift: bool,
}
