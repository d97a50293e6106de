//! The balance report: per asset, who holds how much, and that it sums to zero.

use super::{
    Exchange,
    ledger::{Asset, House},
    lots::LotState,
};

/// One asset over all accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetReport {
    /// The asset.
    pub asset: Asset,
    /// All that cats have free.
    pub cats_available: i128,
    /// All that stands behind cats' orders.
    pub cats_held: i128,
    /// The house's accounts, in the order of [`House::ALL`].
    pub house: [i64; House::COUNT],
    /// The sum of it all.
    pub sum: i128,
}

/// How many lots are where in their lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LotCounts {
    /// All that ever came in: one per capture.
    pub created: u64,
    /// In somebody's stock.
    pub stocked: u64,
    /// Too old.
    pub spoiled: u64,
    /// Voided, or left with their cat.
    pub withdrawn: u64,
    /// Sold at least once.
    pub sold: u64,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceReport {
    /// Per asset.
    pub assets: Vec<AssetReport>,
    /// Over all lots.
    pub lots: LotCounts,
    /// How many postings the ledger has.
    pub postings: u64,
}

impl Exchange {
    /// Counts everything.
    #[must_use]
    pub fn balance_report(&self) -> BalanceReport {
        let mut lots = LotCounts::default();
        for (_, lot) in self.lots.iter() {
            lots.created += 1;
            lots.sold += u64::from(lot.paid.is_some());
            match lot.state {
                LotState::Stocked => lots.stocked += 1,
                LotState::Spoiled => lots.spoiled += 1,
                LotState::Withdrawn => lots.withdrawn += 1,
            }
        }
        let assets = Asset::all().map(|asset| self.asset_report(asset)).collect();
        BalanceReport {
            assets,
            lots,
            postings: self.ledger.postings,
        }
    }

    fn asset_report(&self, asset: Asset) -> AssetReport {
        let place = asset.index();
        let wallets = &self.ledger.wallets;
        AssetReport {
            asset,
            cats_available: wallets
                .iter()
                .map(|wallet| i128::from(wallet.available[place]))
                .sum(),
            cats_held: wallets
                .iter()
                .map(|wallet| i128::from(wallet.held[place]))
                .sum(),
            house: self.ledger.house.map(|balances| balances[place]),
            sum: self.ledger.sum(asset),
        }
    }
}
