//! The command line of `catweb drill`.

use super::scenarios::Scenario;
use clap::Args;
use std::path::PathBuf;

/// What to break, and what is still good enough.
#[derive(Debug, Args)]
pub(crate) struct DrillArgs {
    /// Plays only these scenarios, separated by commas.
    #[arg(long, value_name = "SCENARIOS", value_delimiter = ',', value_enum)]
    pub(super) only: Vec<Scenario>,
    /// Where the report goes: drill.json and drill.md, and everybody's logs when it failed.
    #[arg(long, value_name = "DIR", default_value = "drill-report")]
    pub(super) report: PathBuf,
    /// The folder to work in, which must not be there; a temporary one that goes when not told.
    #[arg(long, value_name = "DIR")]
    pub(super) scratch: Option<PathBuf>,
    /// How far backups may be behind, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..))]
    pub(super) backup_every_ms: u64,
    /// A recovery that takes longer than this fails the drill.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(super) max_rto_s: u32,
    /// A loss of more than this fails the drill.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(super) max_rpo_s: u32,
}

/// What is still good enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) rto_s: f64,
    pub(super) rpo_s: f64,
}

impl DrillArgs {
    pub(super) fn plays(&self, scenario: Scenario) -> bool {
        self.only.is_empty() || self.only.contains(&scenario)
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            rto_s: self.max_rto_s.into(),
            rpo_s: self.max_rpo_s.into(),
        }
    }
}
