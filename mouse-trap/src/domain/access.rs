//! Who may do what. Captures tell how a cat hunts: only that cat and the royal court may look.

use shared_events::id::CatId;

/// The role of administrators.
pub const ROYAL_COURT: &str = "royal-court";

/// The cat that asks, as its access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The cat.
    pub cat: CatId,
    /// Whether it has the role [`ROYAL_COURT`].
    pub royal_court: bool,
}

impl Caller {
    /// Whether the caller may see and steer what belongs to `owner`.
    #[must_use]
    pub fn acts_for(&self, owner: &CatId) -> bool {
        self.royal_court || self.cat == *owner
    }
}
