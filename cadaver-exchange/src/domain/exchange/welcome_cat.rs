//! A new cat gets its first kibbles, once.

use super::{Exchange, Outcome};
use crate::domain::ledger::{Account, ChangeReason, House};
use shared_events::id::CatId;

impl Exchange {
    pub(super) fn welcome_cat(&mut self, id: &CatId) -> Outcome {
        let known = self.cats.find(id).map(|cat| self.cats.get(cat));
        if known.is_some_and(|cat| cat.welcomed || cat.erased) {
            return Outcome::Unchanged;
        }
        let cat = self.cat(id);
        self.cats.get_mut(cat).welcomed = true;
        if !self.may_issue(self.rules.welcome_grant) {
            return Outcome::Done;
        }
        let (treasury, purse) = (Account::House(House::Treasury), Account::Available(cat));
        let paid = self.ledger.pay(
            treasury,
            purse,
            self.rules.welcome_grant,
            ChangeReason::WelcomeGrant,
        );
        paid.expect("what the treasury has issued in all is far from the end of 64 bits");
        Outcome::Done
    }
}
