//! The one task that owns the market. Commands queue up; it takes what is there, carries it out, writes it to the journal in
//! one go, and only then answers. While one batch is being written the next is carried out already, and waits for its turn.
//! Whatever can be seen of the market has been written: should a write fail, the task ends (and with it the process)
//! before anyone sees what was not.

mod batch;
mod epoch;
mod handle;
mod replay;
mod run;
mod shadow;
mod snapshots;
mod statement;
mod stats;
mod writing;

pub use epoch::{BeginEpochError, begin_epoch};
pub use handle::{EngineHandle, Idle, NotTrading};
pub use replay::{RecoverError, Replay, recover};
pub use run::{EngineError, EngineSettings, ReadyEngine, RunningEngine, Surroundings, prepare};
pub use shadow::{MAX_REPLAYED, PastError, Shadow};
pub use stats::EngineStats;

use crate::domain::Command;

/// A command on its way to the engine.
#[derive(Debug, Clone)]
pub struct Submission {
    /// What is asked.
    pub command: Command,
    /// What asked for it, if that must not be done twice whenever it is repeated: a command's id.
    pub source: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
}

impl From<Command> for Submission {
    fn from(command: Command) -> Self {
        Self {
            command,
            source: None,
            traceparent: None,
        }
    }
}
