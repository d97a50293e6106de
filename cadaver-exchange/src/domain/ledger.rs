//! The double-entry ledger: every posting takes from one account what it gives to another, so each asset sums to zero
//! over all accounts. A cat's accounts never go below zero; what is issued stands against the house's accounts.

use super::{CatIx, Kibbles, Market};

/// What an account can hold: kibbles, and lots per market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asset {
    /// Money.
    Kibbles,
    /// Cadavers of one market.
    Lots(Market),
}

impl Asset {
    /// How many assets there are.
    pub const COUNT: usize = 1 + Market::COUNT;

    /// Its place in a balance.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Kibbles => 0,
            Self::Lots(market) => 1 + market.index(),
        }
    }

    /// All assets in the order of [`Asset::index`].
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Kibbles).chain(Market::ALL.into_iter().map(Self::Lots))
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kibbles => "kibbles",
            Self::Lots(market) => market.name(),
        }
    }
}

/// The accounts that belong to no cat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum House {
    /// Issues kibbles and takes them back.
    Treasury,
    /// Where lots come from.
    Wild,
    /// Where lots pass from one market to the next.
    Regrading,
    /// Where spoiled lots end.
    Compost,
    /// Where lots end whose capture was voided or whose cat left.
    Withdrawn,
    /// Pays what a hunter cannot when a sold capture is voided.
    Suspense,
    /// Takes the fees of trades.
    Fees,
}

impl House {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// All of them, with their names in reports.
    pub const ALL: [(Self, &'static str); Self::COUNT] = [
        (Self::Treasury, "treasury"),
        (Self::Wild, "wild"),
        (Self::Regrading, "regrading"),
        (Self::Compost, "compost"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Suspense, "suspense"),
        (Self::Fees, "fees"),
    ];
}

/// One account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// What a cat may spend or offer.
    Available(CatIx),
    /// What stands behind a cat's open orders.
    Held(CatIx),
    /// One of the house's.
    House(House),
}

/// Why something was posted; of several reasons for which one command changed a cat's kibbles the greatest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeReason {
    /// Kibbles were set aside for a bid, or lots for an ask.
    Hold,
    /// What was set aside came back.
    Release,
    /// A lot came in.
    Arrival,
    /// A lot moved to the next market.
    Regrading,
    /// A lot spoiled.
    Spoiling,
    /// The capture of a lot was voided.
    Void,
    /// The house took its part of a trade.
    Fee,
    /// Lots were bought or sold.
    Trade,
    /// A new cat was greeted.
    WelcomeGrant,
    /// A sold capture was voided.
    Refund,
    /// The cat left.
    Erasure,
    /// An administrator gave kibbles.
    Deposit,
    /// An administrator took kibbles.
    Withdrawal,
}

impl ChangeReason {
    /// The reason as a word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Arrival => "arrival",
            Self::Regrading => "regrading",
            Self::Spoiling => "spoiling",
            Self::Void => "void",
            Self::Fee => "fee",
            Self::Trade => "trade",
            Self::WelcomeGrant => "welcome-grant",
            Self::Refund => "refund",
            Self::Erasure => "erasure",
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Of what.
    pub asset: Asset,
    /// Out of which account.
    pub from: Account,
    /// Into which account.
    pub to: Account,
    /// How much.
    pub amount: i64,
    /// Why.
    pub why: ChangeReason,
}

/// A cat's balances, by [`Asset::index`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wallet {
    pub(crate) available: [i64; Asset::COUNT],
    pub(crate) held: [i64; Asset::COUNT],
    /// Why its kibbles changed in the command under way.
    changed: Option<ChangeReason>,
}

/// All accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) house: [[i64; Asset::COUNT]; House::COUNT],
    pub(crate) postings: u64,
    /// The lines of the command under way.
    pub(crate) lines: Vec<Posting>,
    /// The cats whose kibbles changed in the command under way, each once.
    changed: Vec<CatIx>,
}

/// A posting that would break a rule of the ledger; nothing was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// A cat's account would go below zero.
    #[error("the account does not hold that much")]
    Insufficient,
    /// A balance would leave the range of 64 bits.
    #[error("the balance would leave the range of 64 bits")]
    Overflow,
}

impl Ledger {
    /// Opens the accounts of the next cat.
    pub(crate) fn open_wallet(&mut self) {
        self.wallets.push(Wallet::default());
    }

    /// What a cat may spend or offer.
    #[must_use]
    pub fn available(&self, cat: CatIx, asset: Asset) -> i64 {
        self.wallets[cat.index()].available[asset.index()]
    }

    /// What stands behind a cat's open orders.
    #[must_use]
    pub fn held(&self, cat: CatIx, asset: Asset) -> i64 {
        self.wallets[cat.index()].held[asset.index()]
    }

    /// The number of the last line: lines count from 1.
    #[must_use]
    pub const fn postings(&self) -> u64 {
        self.postings
    }

    /// Moves `amount` from one account to another; zero, and what stays where it is, is no posting.
    ///
    /// # Errors
    /// [`PostError`]; then nothing has moved.
    pub fn post(
        &mut self,
        asset: Asset,
        from: Account,
        to: Account,
        amount: i64,
        why: ChangeReason,
    ) -> Result<(), PostError> {
        debug_assert!(amount >= 0, "postings are never negative");
        if amount == 0 || from == to {
            return Ok(());
        }
        let left = self
            .balance(asset, from)
            .checked_sub(amount)
            .ok_or(PostError::Overflow)?;
        if left < 0 && !matches!(from, Account::House(_)) {
            return Err(PostError::Insufficient);
        }
        let more = self
            .balance(asset, to)
            .checked_add(amount)
            .ok_or(PostError::Overflow)?;
        *self.balance_mut(asset, from) = left;
        *self.balance_mut(asset, to) = more;
        self.postings += 1;
        self.lines.push(Posting {
            asset,
            from,
            to,
            amount,
            why,
        });
        Ok(())
    }

    /// Like [`Ledger::post`] for kibbles; remembers that the cats' accounts changed, and why.
    ///
    /// # Errors
    /// [`PostError`]; then nothing has moved.
    pub fn pay(
        &mut self,
        from: Account,
        to: Account,
        amount: Kibbles,
        why: ChangeReason,
    ) -> Result<(), PostError> {
        self.post(Asset::Kibbles, from, to, amount.0, why)?;
        if amount.0 != 0 {
            for account in [from, to] {
                if let Account::Available(cat) | Account::Held(cat) = account {
                    self.note_change(cat, why);
                }
            }
        }
        Ok(())
    }

    /// Tells the cats whose kibbles changed since the last call, each once, with the weightiest reason.
    pub(crate) fn drain_changes(&mut self, mut tell: impl FnMut(&Self, CatIx, ChangeReason)) {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        for cat in changed.drain(..) {
            if let Some(why) = self.wallets[cat.index()].changed.take() {
                tell(self, cat, why);
            }
        }
        self.changed = changed;
    }

    /// The sum of an asset over all accounts. It is zero.
    #[must_use]
    pub fn sum(&self, asset: Asset) -> i128 {
        let place = asset.index();
        let cats = self
            .wallets
            .iter()
            .map(|w| i128::from(w.available[place]) + i128::from(w.held[place]));
        let house = self
            .house
            .iter()
            .map(|balances| i128::from(balances[place]));
        cats.chain(house).sum()
    }

    /// The balance of an account.
    #[must_use]
    pub fn balance(&self, asset: Asset, account: Account) -> i64 {
        match account {
            Account::Available(cat) => self.available(cat, asset),
            Account::Held(cat) => self.held(cat, asset),
            Account::House(house) => self.house[house as usize][asset.index()],
        }
    }

    fn balance_mut(&mut self, asset: Asset, account: Account) -> &mut i64 {
        match account {
            Account::Available(cat) => &mut self.wallets[cat.index()].available[asset.index()],
            Account::Held(cat) => &mut self.wallets[cat.index()].held[asset.index()],
            Account::House(house) => &mut self.house[house as usize][asset.index()],
        }
    }

    fn note_change(&mut self, cat: CatIx, why: ChangeReason) {
        let changed = &mut self.wallets[cat.index()].changed;
        if changed.is_none() {
            self.changed.push(cat);
        }
        *changed = (*changed).max(Some(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREASURY: Account = Account::House(House::Treasury);

    fn two_cats() -> (Ledger, CatIx, CatIx) {
        let mut ledger = Ledger::default();
        ledger.open_wallet();
        ledger.open_wallet();
        (ledger, CatIx::new(0), CatIx::new(1))
    }

    #[test]
    fn cats_cannot_overdraw_and_every_asset_sums_to_zero() {
        let (mut ledger, tom, kitty) = two_cats();
        let (toms, kittys) = (Account::Available(tom), Account::Available(kitty));
        ledger
            .pay(TREASURY, toms, Kibbles(10), ChangeReason::WelcomeGrant)
            .unwrap();
        let refused = ledger.pay(toms, kittys, Kibbles(11), ChangeReason::Trade);
        assert_eq!(refused, Err(PostError::Insufficient));
        ledger
            .pay(toms, kittys, Kibbles(4), ChangeReason::Trade)
            .unwrap();
        assert_eq!(
            (
                ledger.available(tom, Asset::Kibbles),
                ledger.available(kitty, Asset::Kibbles)
            ),
            (6, 4)
        );
        assert!(Asset::all().all(|asset| ledger.sum(asset) == 0));
    }

    #[test]
    fn an_overflow_posts_nothing() {
        let (mut ledger, tom, _) = two_cats();
        let toms = Account::Available(tom);
        ledger
            .pay(
                TREASURY,
                toms,
                Kibbles(i64::MAX),
                ChangeReason::WelcomeGrant,
            )
            .unwrap();
        let before = ledger.clone();
        let refused = ledger.pay(TREASURY, toms, Kibbles(2), ChangeReason::WelcomeGrant);
        assert_eq!(refused, Err(PostError::Overflow));
        assert_eq!(ledger, before);
    }

    #[test]
    fn a_change_is_told_once_with_its_weightiest_reason() {
        let (mut ledger, tom, kitty) = two_cats();
        for (to, why) in [
            (tom, ChangeReason::Trade),
            (kitty, ChangeReason::Hold),
            (tom, ChangeReason::Release),
        ] {
            ledger
                .pay(TREASURY, Account::Available(to), Kibbles(1), why)
                .unwrap();
        }
        let mut told = Vec::new();
        ledger.drain_changes(|_, cat, why| told.push((cat, why)));
        assert_eq!(
            told,
            [(tom, ChangeReason::Trade), (kitty, ChangeReason::Hold)]
        );
        ledger.drain_changes(|_, cat, _| panic!("{cat:?} is told twice"));
    }
}
