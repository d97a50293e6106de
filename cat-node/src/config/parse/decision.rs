//! An option that is yes, no, or (in parse-server) a function: here a webhook that is asked.

use serde::Deserialize;

use super::hook::Hook;

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Decision {
    Always(bool),
    Asked(Hook),
}

impl Decision {
    /// Whether the answer is no without asking.
    pub fn is_never(&self) -> bool {
        matches!(self, Self::Always(false))
    }
}
