//! Who may write. A writer holds the lease for a term, its epoch; of two that think they hold it, the one with the higher epoch is right,
//! and the database lets nobody else append.
//!
//! No two clocks are compared: a holder counts its beats up, and who waits takes the lease over when it has seen no new beat for as
//! long as a lease lives, by its own clock.

use serde::{Deserialize, Serialize};

/// A writer's term.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The lease as the database has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lease {
    /// The term of who took it last; zero if nobody ever did.
    pub epoch: Epoch,
    /// How often that holder has said that it is alive.
    pub beat: u64,
    /// Who that is, for operators.
    pub holder: String,
    /// Whether it is known to be free: given back, or its holder's process is gone.
    pub is_free: bool,
}
