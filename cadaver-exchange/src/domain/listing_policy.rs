//! At which price the house offers a cat's lots for it: the cat's own policy, per market.

use super::{Kibbles, Moment};
use serde::{Deserialize, Serialize};

/// How often the price of a decaying listing is worked out anew.
pub const DECAY_STEP_MS: i64 = 60_000;

/// Where the price of a listing comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListingPrice {
    /// The house's price for the market.
    #[default]
    House,
    /// Lots stay in the inventory.
    Off,
    /// Always the same.
    Fixed {
        /// Per lot.
        price: Kibbles,
    },
    /// A part of the price of the last trade (or of the house's, before there is one), in basis points.
    Reference {
        /// 10000 is the price itself.
        bps: u32,
    },
    /// Falls in a straight line with the lot's age, minute by minute.
    Decay {
        /// At the catch.
        from: Kibbles,
        /// At the end.
        to: Kibbles,
        /// The age at which it has come down to `to`.
        over_ms: i64,
    },
}

/// What becomes of a listing whose lot moves to the next market.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnRegrade {
    /// It is offered there at the price of that market's policy.
    #[default]
    Relist,
    /// It stays in the inventory.
    Keep,
}

/// A cat's policy for one market; the default one is the house's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListingPolicy {
    /// The price.
    pub price: ListingPrice,
    /// It is never lower than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Kibbles>,
    /// When a lot comes from a better grade.
    #[serde(default)]
    pub on_regrade: OnRegrade,
}

/// What a price depends on besides the policy.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// The house's price, if it lists.
    pub house: Option<Kibbles>,
    /// The price of the last trade.
    pub last: Option<Kibbles>,
    /// When the lot was caught.
    pub caught_at: Moment,
    /// Now.
    pub now: Moment,
}

impl ListingPolicy {
    /// The price at which a lot is offered; nothing if it is not.
    #[must_use]
    pub fn price(&self, surroundings: &Surroundings) -> Option<Kibbles> {
        let Surroundings {
            house,
            last,
            caught_at,
            now,
        } = *surroundings;
        let price = match self.price {
            ListingPrice::Off => return None,
            ListingPrice::House => house?,
            ListingPrice::Fixed { price } => price,
            ListingPrice::Reference { bps } => part_of(last.or(house)?, bps),
            ListingPrice::Decay { from, to, over_ms } => {
                decayed(from, to, over_ms, now.millis_since(caught_at))
            }
        };
        let floor = self.floor.unwrap_or(Kibbles(1)).max(Kibbles(1));
        Some(price.clamp(floor, super::rules::MAX_PRICE.max(floor)))
    }

    /// Whether a listing whose lot comes from a better grade is offered here too.
    #[must_use]
    pub const fn relists(&self) -> bool {
        matches!(self.on_regrade, OnRegrade::Relist)
    }

    /// Whether its price falls by itself.
    #[must_use]
    pub const fn decays(&self) -> bool {
        matches!(self.price, ListingPrice::Decay { .. })
    }

    /// Whether its numbers are prices that an order can have.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let price = |price: Kibbles| (Kibbles(1)..=super::rules::MAX_PRICE).contains(&price);
        let own = match self.price {
            ListingPrice::House | ListingPrice::Off => true,
            ListingPrice::Fixed { price: fixed } => price(fixed),
            ListingPrice::Reference { bps } => bps > 0 && bps <= 1_000_000,
            ListingPrice::Decay { from, to, over_ms } => {
                price(from) && price(to) && to <= from && over_ms > 0
            }
        };
        own && self.floor.is_none_or(price)
    }
}

fn part_of(price: Kibbles, bps: u32) -> Kibbles {
    let part = i128::from(price.0) * i128::from(bps) / 10_000;
    Kibbles(i64::try_from(part).unwrap_or(i64::MAX))
}

fn decayed(from: Kibbles, to: Kibbles, over_ms: i64, age_ms: i64) -> Kibbles {
    let age = i128::from(age_ms.min(over_ms));
    let fallen = i128::from(from.0 - to.0) * age / i128::from(over_ms.max(1));
    Kibbles(from.0 - i64::try_from(fallen).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(policy: ListingPrice, floor: Option<i64>, age_ms: i64) -> Option<i64> {
        let policy = ListingPolicy {
            price: policy,
            floor: floor.map(Kibbles),
            on_regrade: OnRegrade::Relist,
        };
        let surroundings = Surroundings {
            house: Some(Kibbles(12)),
            last: Some(Kibbles(20)),
            caught_at: Moment::from_millis(0),
            now: Moment::from_millis(age_ms),
        };
        policy.price(&surroundings).map(|price| price.0)
    }

    #[test]
    fn each_policy_has_its_price() {
        assert_eq!(price(ListingPrice::Off, None, 0), None);
        assert_eq!(price(ListingPrice::House, None, 0), Some(12));
        assert_eq!(
            price(ListingPrice::Fixed { price: Kibbles(7) }, Some(9), 0),
            Some(9)
        );
        assert_eq!(
            price(ListingPrice::Reference { bps: 9_000 }, None, 0),
            Some(18)
        );
        assert_eq!(price(ListingPrice::Reference { bps: 1 }, None, 0), Some(1));
    }

    #[test]
    fn a_decaying_price_falls_to_its_end_and_no_further() {
        let decay = ListingPrice::Decay {
            from: Kibbles(30),
            to: Kibbles(10),
            over_ms: 1_000,
        };
        let at = |age| price(decay, None, age).unwrap();
        assert_eq!(
            (at(0), at(500), at(999), at(1_000), at(9_000)),
            (30, 20, 11, 10, 10)
        );
        assert_eq!(price(decay, Some(15), 9_000), Some(15));
    }
}
