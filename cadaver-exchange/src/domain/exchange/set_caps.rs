//! One account gets bounds of its own.

use super::{Exchange, Outcome, Refusal};
use crate::domain::caps::Caps;
use shared_events::id::CatId;

impl Exchange {
    pub(super) fn set_caps(&mut self, id: &CatId, caps: Caps) -> Outcome {
        if let Some(cat) = self.cats.find(id).map(|cat| self.cats.get(cat)) {
            if cat.erased {
                return Outcome::Refused(Refusal::AccountClosed);
            }
            if cat.caps == caps {
                return Outcome::Unchanged;
            }
        }
        let cat = self.cat(id);
        self.cats.get_mut(cat).caps = caps;
        Outcome::Done
    }
}
