//! How far a price may be from the one before: bands that refuse an order, and jumps that call an auction.

use super::Kibbles;
use serde::{Deserialize, Serialize};

/// Bounds of price moves, in basis points of the reference price; what is not set is not bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceGuard {
    /// An order whose limit is further away is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band_bps: Option<u32>,
    /// A trade that would be further away calls a volatility auction instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump_bps: Option<u32>,
    /// How long such an auction lasts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub auction_ms: i64,
}

impl PriceGuard {
    /// Whether an order at `price` is too far from `reference` to be taken.
    #[must_use]
    pub fn is_outside_band(&self, price: Kibbles, reference: Option<Kibbles>) -> bool {
        is_further(self.band_bps, price, reference)
    }

    /// Whether a trade at `price` would be too great a jump from `reference`.
    #[must_use]
    pub fn is_jump(&self, price: Kibbles, reference: Option<Kibbles>) -> bool {
        is_further(self.jump_bps, price, reference)
    }
}

fn is_further(bps: Option<u32>, price: Kibbles, reference: Option<Kibbles>) -> bool {
    let (Some(bps), Some(reference)) = (bps, reference) else {
        return false;
    };
    let distance = i128::from(price.0 - reference.0).abs();
    distance * 10_000 > i128::from(reference.0) * i128::from(bps)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
const fn is_zero(value: &i64) -> bool {
    *value == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_itself_is_inside() {
        let guard = PriceGuard {
            band_bps: Some(1_000),
            ..PriceGuard::default()
        };
        let outside = |price| guard.is_outside_band(Kibbles(price), Some(Kibbles(100)));
        assert!(!outside(90) && !outside(110));
        assert!(outside(89) && outside(111));
        assert!(!guard.is_outside_band(Kibbles(500), None));
        assert!(!guard.is_jump(Kibbles(500), Some(Kibbles(1))));
    }
}
