//! The price of a call auction. Of all whole prices it is the one
//!
//! 1. at which most lots trade;
//! 2. of those, at which the fewest lots are left over on one side;
//! 3. of those, the highest if buyers are left over at all of them, the lowest if sellers are;
//! 4. or else the nearest to the reference price (the lower of two), and the lowest if there is none.

use super::{Kibbles, Side};

/// Lots wanted or offered at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// The limit.
    pub price: Kibbles,
    /// All lots, those that icebergs hide with them.
    pub lots: u64,
}

/// Where an auction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncross {
    /// The one price of all its trades.
    pub price: Kibbles,
    /// How many lots trade, if no two orders of one cat meet.
    pub lots: u64,
    /// How many lots are left over at that price.
    pub imbalance: u64,
    /// On which side; nothing if none are.
    pub surplus: Option<Side>,
}

/// Neighbouring prices at which the same lots meet.
#[derive(Clone, Copy)]
struct Stretch {
    lowest: Kibbles,
    highest: Kibbles,
    demand: u64,
    supply: u64,
}

impl Stretch {
    fn lots(&self) -> u64 {
        self.demand.min(self.supply)
    }

    fn imbalance(&self) -> u64 {
        self.demand.abs_diff(self.supply)
    }

    fn at(&self, price: Kibbles) -> Uncross {
        let surplus = match self.demand.cmp(&self.supply) {
            std::cmp::Ordering::Less => Some(Side::Sell),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Side::Buy),
        };
        Uncross {
            price,
            lots: self.lots(),
            imbalance: self.imbalance(),
            surplus,
        }
    }
}

/// The price at which bids (highest first) and asks (lowest first) uncross; nothing if none cross.
#[must_use]
pub fn uncross(
    bids: &[Interest],
    asks: &[Interest],
    reference: Option<Kibbles>,
) -> Option<Uncross> {
    let (highest, lowest) = (bids.first()?.price, asks.first()?.price);
    if highest < lowest {
        return None;
    }
    let stretches = stretches(bids, asks, lowest, highest);
    let most = stretches.iter().map(Stretch::lots).max()?;
    let fewest = stretches
        .iter()
        .filter(|stretch| stretch.lots() == most)
        .map(Stretch::imbalance)
        .min()?;
    let tied = || {
        stretches
            .iter()
            .filter(|stretch| stretch.lots() == most && stretch.imbalance() == fewest)
    };
    if tied().all(|stretch| stretch.demand > stretch.supply) {
        return tied()
            .next_back()
            .map(|stretch| stretch.at(stretch.highest));
    }
    if tied().all(|stretch| stretch.demand < stretch.supply) {
        return tied().next().map(|stretch| stretch.at(stretch.lowest));
    }
    let Some(reference) = reference else {
        return tied().next().map(|stretch| stretch.at(stretch.lowest));
    };
    let nearest = |stretch: &&Stretch| {
        let price = reference.clamp(stretch.lowest, stretch.highest);
        (price.0.abs_diff(reference.0), price)
    };
    tied()
        .min_by_key(nearest)
        .map(|stretch| stretch.at(reference.clamp(stretch.lowest, stretch.highest)))
}

/// Every price from `lowest` to `highest`, rising, in stretches with the same demand and supply.
fn stretches(
    bids: &[Interest],
    asks: &[Interest],
    lowest: Kibbles,
    highest: Kibbles,
) -> Vec<Stretch> {
    let mut limits: Vec<Kibbles> = bids
        .iter()
        .chain(asks)
        .map(|interest| interest.price)
        .filter(|price| (lowest..=highest).contains(price))
        .collect();
    limits.sort_unstable();
    limits.dedup();
    // Bids from the lowest up, so that demand falls while the price rises.
    let mut demand: u64 = bids.iter().map(|bid| bid.lots).sum();
    let mut supply = 0;
    let mut falling = bids.iter().rev().peekable();
    let mut rising = asks.iter().peekable();
    let mut stretches = Vec::with_capacity(2 * limits.len());
    for (place, price) in limits.iter().copied().enumerate() {
        while let Some(bid) = falling.next_if(|bid| bid.price < price) {
            demand -= bid.lots;
        }
        while let Some(ask) = rising.next_if(|ask| ask.price <= price) {
            supply += ask.lots;
        }
        stretches.push(Stretch {
            lowest: price,
            highest: price,
            demand,
            supply,
        });
        let Some(next) = limits.get(place + 1).filter(|next| next.0 > price.0 + 1) else {
            continue;
        };
        while let Some(bid) = falling.next_if(|bid| bid.price <= price) {
            demand -= bid.lots;
        }
        stretches.push(Stretch {
            lowest: Kibbles(price.0 + 1),
            highest: Kibbles(next.0 - 1),
            demand,
            supply,
        });
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interests(of: &[(i64, u64)]) -> Vec<Interest> {
        of.iter()
            .map(|(price, lots)| Interest {
                price: Kibbles(*price),
                lots: *lots,
            })
            .collect()
    }

    fn price(bids: &[(i64, u64)], asks: &[(i64, u64)], reference: Option<i64>) -> Option<i64> {
        uncross(&interests(bids), &interests(asks), reference.map(Kibbles))
            .map(|found| found.price.0)
    }

    #[test]
    fn each_step_of_the_rule_decides_in_its_turn() {
        // Most lots: at 10 three trade, elsewhere fewer.
        assert_eq!(
            price(&[(10, 3), (9, 5)], &[(8, 2), (10, 1)], None),
            Some(10)
        );
        // Fewest left over: three trade at 9 and at 10, but at 9 two bids more are left.
        assert_eq!(price(&[(10, 3), (9, 2)], &[(8, 3)], None), Some(10));
        // Buyers are left over everywhere: the highest price.
        assert_eq!(price(&[(20, 5)], &[(10, 2)], Some(12)), Some(20));
        // Sellers are: the lowest.
        assert_eq!(price(&[(20, 2)], &[(10, 5)], Some(12)), Some(10));
        // Neither is: the reference, or what is nearest to it.
        assert_eq!(price(&[(20, 2)], &[(10, 2)], Some(12)), Some(12));
        assert_eq!(price(&[(20, 2)], &[(10, 2)], Some(50)), Some(20));
        assert_eq!(price(&[(20, 2)], &[(10, 2)], None), Some(10));
        assert_eq!(price(&[(9, 2)], &[(10, 2)], Some(12)), None);
    }

    /// Tries every price, as the rule is written.
    fn by_trying(
        bids: &[Interest],
        asks: &[Interest],
        reference: Option<Kibbles>,
    ) -> Option<Uncross> {
        let (highest, lowest) = (bids.first()?.price.0, asks.first()?.price.0);
        let all: Vec<Stretch> = (lowest..=highest)
            .map(|price| Stretch {
                lowest: Kibbles(price),
                highest: Kibbles(price),
                demand: bids
                    .iter()
                    .filter(|bid| bid.price.0 >= price)
                    .map(|bid| bid.lots)
                    .sum(),
                supply: asks
                    .iter()
                    .filter(|ask| ask.price.0 <= price)
                    .map(|ask| ask.lots)
                    .sum(),
            })
            .collect();
        let most = all.iter().map(Stretch::lots).max()?;
        let mut left: Vec<_> = all.into_iter().filter(|one| one.lots() == most).collect();
        let fewest = left.iter().map(Stretch::imbalance).min()?;
        left.retain(|one| one.imbalance() == fewest);
        let best = if left.iter().all(|one| one.demand > one.supply) {
            left.pop()?
        } else if left.iter().all(|one| one.demand < one.supply) || reference.is_none() {
            left.remove(0)
        } else {
            left.sort_by_key(|one| {
                (
                    one.lowest.0.abs_diff(reference.map_or(0, |price| price.0)),
                    one.lowest,
                )
            });
            left.remove(0)
        };
        Some(best.at(best.lowest))
    }

    proptest! {
        #[test]
        fn the_price_is_the_one_that_trying_all_finds(
            bids in prop::collection::btree_map(1..40_i64, 1..20_u64, 0..8),
            asks in prop::collection::btree_map(1..40_i64, 1..20_u64, 0..8),
            reference in prop::option::of(1..40_i64),
        ) {
            let interest = |(price, lots): (&i64, &u64)| Interest { price: Kibbles(*price), lots: *lots };
            let bids: Vec<_> = bids.iter().rev().map(interest).collect();
            let asks: Vec<_> = asks.iter().map(interest).collect();
            let reference = reference.map(Kibbles);
            prop_assert_eq!(uncross(&bids, &asks, reference), by_trying(&bids, &asks, reference));
        }
    }
}
