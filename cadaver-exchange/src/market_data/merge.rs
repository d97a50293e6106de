//! Several updates as one, for a reader that is slower than the market.

use super::{Texts, Update};
use crate::domain::{Kibbles, book::Depth};
use std::{collections::BTreeMap, sync::Arc};

/// Order changes and trades that one merged update holds at most; a reader that is further behind gets a snapshot.
const MAX_MERGED_ITEMS: usize = 20_000;

/// The updates as one; nothing if that would be too large, or if there are none.
#[must_use]
pub fn merge(updates: &[Arc<Update>]) -> Option<Update> {
    let (first, last) = (updates.first()?, updates.last()?);
    let items: usize = updates.iter().map(|update| update.items()).sum();
    if items > MAX_MERGED_ITEMS {
        return None;
    }
    Some(Update {
        prev_seq: first.prev_seq,
        bids: latest(updates.iter().flat_map(|update| &update.bids)),
        asks: latest(updates.iter().flat_map(|update| &update.asks)),
        orders: updates
            .iter()
            .flat_map(|update| &update.orders)
            .copied()
            .collect(),
        trades: updates
            .iter()
            .flat_map(|update| &update.trades)
            .cloned()
            .collect(),
        merged: updates.iter().map(|update| update.merged).sum(),
        market: last.market,
        seq: last.seq,
        at: last.at,
        top: last.top,
        checksum: last.checksum,
        texts: Texts::default(),
    })
}

/// Of each price its last level, as levels are told as they are, not as differences.
fn latest<'a>(levels: impl Iterator<Item = &'a Depth>) -> Vec<Depth> {
    let by_price: BTreeMap<Kibbles, Depth> = levels.map(|level| (level.price, *level)).collect();
    by_price.into_values().collect()
}
