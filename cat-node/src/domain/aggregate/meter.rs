//! What a pipeline may cost: it comes from a client, and runs in this process.

use std::cell::Cell;

use super::refused;
use crate::domain::error::ParseError;

/// Documents that a stage may hold.
pub const MAX_DOCUMENTS: usize = 100_000;
/// Values that a pipeline may look at or make.
const MAX_STEPS: u64 = 50_000_000;
/// Characters that cost as much as one value.
const CHARACTERS_PER_STEP: usize = 64;

/// Counts what a pipeline has cost.
#[derive(Debug)]
pub struct Meter {
    left: Cell<u64>,
}

impl Default for Meter {
    fn default() -> Self {
        Self::with_steps(MAX_STEPS)
    }
}

impl Meter {
    pub fn with_steps(steps: u64) -> Self {
        Self {
            left: Cell::new(steps),
        }
    }

    /// Refuses to go on when too much has been done.
    pub fn spend(&self, steps: usize) -> Result<(), ParseError> {
        match self.left.get().checked_sub(steps as u64) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(refused("The aggregation takes too long.")),
        }
    }

    pub fn spend_text(&self, text: &str) -> Result<(), ParseError> {
        self.spend(1 + text.len() / CHARACTERS_PER_STEP)
    }

    pub fn check_count(&self, documents: usize) -> Result<(), ParseError> {
        if documents > MAX_DOCUMENTS {
            return Err(refused(format!(
                "The aggregation holds more than {MAX_DOCUMENTS} documents."
            )));
        }
        Ok(())
    }
}
