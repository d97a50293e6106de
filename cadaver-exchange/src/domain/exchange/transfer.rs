//! An administrator gives kibbles to a cat, or takes them.

use super::{Exchange, Outcome, Refusal};
use crate::domain::{
    Kibbles,
    command::Transfer,
    ledger::{Account, Asset, ChangeReason, House, PostError},
    rules::{MAX_ISSUED, MAX_TRANSFER},
};

impl Exchange {
    pub(super) fn deposit(&mut self, transfer: &Transfer) -> Outcome {
        if let Err(refusal) = self.check_transfer(transfer) {
            return Outcome::Refused(refusal);
        }
        if !self.may_issue(transfer.amount) {
            return Outcome::Refused(Refusal::TreasuryEmpty);
        }
        let cat = self.cat(&transfer.cat);
        let (treasury, purse) = (Account::House(House::Treasury), Account::Available(cat));
        posted(
            self.ledger
                .pay(treasury, purse, transfer.amount, ChangeReason::Deposit),
        )
    }

    pub(super) fn withdraw(&mut self, transfer: &Transfer) -> Outcome {
        if let Err(refusal) = self.check_transfer(transfer) {
            return Outcome::Refused(refusal);
        }
        let Some(cat) = self.cats.find(&transfer.cat) else {
            return Outcome::Refused(Refusal::InsufficientKibbles);
        };
        let (treasury, purse) = (Account::House(House::Treasury), Account::Available(cat));
        posted(
            self.ledger
                .pay(purse, treasury, transfer.amount, ChangeReason::Withdrawal),
        )
    }

    /// Whether the treasury may issue so much more: what it has issued bounds every purse.
    pub(super) fn may_issue(&self, amount: Kibbles) -> bool {
        let treasury = self
            .ledger
            .balance(Asset::Kibbles, Account::House(House::Treasury));
        treasury
            .checked_sub(amount.0)
            .is_some_and(|left| left >= -MAX_ISSUED.0)
    }

    fn check_transfer(&self, transfer: &Transfer) -> Result<(), Refusal> {
        if !(Kibbles(1)..=MAX_TRANSFER).contains(&transfer.amount) {
            return Err(Refusal::InvalidAmount);
        }
        let cat = self.cats.find(&transfer.cat).map(|cat| self.cats.get(cat));
        if cat.is_some_and(|cat| cat.erased) {
            return Err(Refusal::AccountClosed);
        }
        Ok(())
    }
}

fn posted(result: Result<(), PostError>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(PostError::Insufficient) => Outcome::Refused(Refusal::InsufficientKibbles),
        Err(PostError::Overflow) => Outcome::Refused(Refusal::TreasuryEmpty),
    }
}
