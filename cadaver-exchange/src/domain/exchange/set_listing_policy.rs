//! A cat decides how the house offers its lots.

use super::{Exchange, Outcome, Refusal, chosen};
use crate::domain::{Market, listing_policy::ListingPolicy};
use shared_events::id::CatId;

impl Exchange {
    pub(super) fn set_listing_policy(
        &mut self,
        id: &CatId,
        market: Option<Market>,
        policy: ListingPolicy,
    ) -> Outcome {
        if !policy.is_valid() {
            return Outcome::Refused(Refusal::InvalidPolicy);
        }
        if let Some(cat) = self.cats.find(id).map(|cat| self.cats.get(cat)) {
            if cat.erased {
                return Outcome::Refused(Refusal::AccountClosed);
            }
            if chosen(market).all(|market| cat.policy(market) == policy) {
                return Outcome::Unchanged;
            }
        }
        let cat = self.cat(id);
        let policies = self.cats.get_mut(cat).policies.get_or_insert_default();
        for market in chosen(market) {
            policies[market.index()] = policy;
        }
        Outcome::Done
    }
}
