//! What mouse-trap stored of the record: `catweb mouse-trap import status portal --json`.

use serde::Deserialize;

/// How many rows ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct ImportOutcome {
    pub(super) mouse: u64,
    pub(super) rat: u64,
    pub(super) bycatch: u64,
    pub(super) nothing: u64,
    pub(super) refused: u64,
}

impl ImportOutcome {
    /// Every outcome and its name.
    pub(super) const fn parts(&self) -> [(&'static str, u64); 5] {
        [
            ("mouse", self.mouse),
            ("rat", self.rat),
            ("bycatch", self.bycatch),
            ("nothing caught", self.nothing),
            ("refused", self.refused),
        ]
    }

    /// All rows that have an outcome.
    pub(super) fn rows(&self) -> u64 {
        self.parts().iter().map(|(_, rows)| rows).sum()
    }

    /// The rows that went to market.
    pub(super) const fn captures(&self) -> u64 {
        self.mouse + self.rat
    }
}
