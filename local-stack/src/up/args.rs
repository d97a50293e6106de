//! The command line of `catweb up`.

use crate::recovery::BackupPace;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What to run, where, and for how long.
#[derive(Debug, Clone, Args)]
pub struct UpArgs {
    /// The folder of all data, logs and keys; created if need be. A second start goes on where the first was.
    #[arg(long, value_name = "DIR", default_value = ".catweb")]
    pub data_dir: PathBuf,
    /// Runs only these services, separated by commas (and always the broker).
    #[arg(long, value_name = "SERVICES", value_delimiter = ',', value_enum)]
    pub only: Vec<Service>,
    /// Runs without the demo: no cats, no catches, no bids.
    #[arg(long)]
    pub no_demo: bool,
    /// Replays Portal_rodent.csv, with the species table beside it, as if all was caught just now.
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Replays with the dates of the record; the exchange takes what is older than three days as spoiled.
    #[arg(long, requires = "replay")]
    pub keep_dates: bool,
    /// Ends after the replay: with status 0 when all sums agree, with 1 when not.
    #[arg(long, requires = "replay")]
    pub exit_when_done: bool,
    /// Backs everything up into this folder, better on another disk, for as long as it runs (catweb backup --follow).
    #[arg(long, value_name = "DIR")]
    pub backups: Option<PathBuf>,
    /// The file of the key that opens backups, made when there is none; better not where the backups are, and a copy of it
    /// elsewhere. DATA_DIR-backup-key when not told.
    #[arg(long, value_name = "FILE", requires = "backups")]
    pub backup_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pace: BackupPace,
    /// Starts on a folder in quarantine, too: for catweb breach, which tries its keys there.
    #[arg(long, hide = true)]
    pub in_quarantine: bool,
    /// The broker's port; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8085)]
    pub broker_port: u16,
    /// The port of cat-node, which serves Parse; 0 takes a free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 1337,
        env = "CAT_NODE__HTTP__PORT"
    )]
    pub cat_node_port: u16,
    /// The exchange's port; 0 takes a free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 5001,
        env = "CADAVER_EXCHANGE__HTTP__PORT"
    )]
    pub cadaver_exchange_port: u16,
    /// The port of mouse-trap; 0 takes a free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 5000,
        env = "MOUSE_TRAP__HTTP__PORT"
    )]
    pub mouse_trap_port: u16,
}

/// A service of Catweb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Service {
    /// Cats and the Parse protocol.
    CatNode,
    /// The market.
    CadaverExchange,
    /// Traps and captures.
    MouseTrap,
}

impl Service {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 3] = [Self::CatNode, Self::CadaverExchange, Self::MouseTrap];

    /// Its name in design, folders and commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CatNode => "cat-node",
            Self::CadaverExchange => "cadaver-exchange",
            Self::MouseTrap => "mouse-trap",
        }
    }
}

impl UpArgs {
    /// Whether this service is to run.
    #[must_use]
    pub fn runs(&self, service: Service) -> bool {
        self.only.is_empty() || self.only.contains(&service)
    }

    /// Whether the demo plays: it needs cats and traps.
    #[must_use]
    pub fn runs_demo(&self) -> bool {
        !self.no_demo && self.runs(Service::CatNode) && self.runs(Service::MouseTrap)
    }

    /// Whether all that a mouse passes through is to run.
    #[must_use]
    pub fn runs_all(&self) -> bool {
        Service::ALL.into_iter().all(|service| self.runs(service))
    }
}
