//! What the house takes of a trade: whole kibbles, by basis points of its worth, rounded down.

use super::Kibbles;
use serde::{Deserialize, Serialize};

/// The most that either side of a trade may be charged: a tenth of its worth.
pub const MAX_FEE_BPS: u16 = 1_000;
/// Basis points of a whole.
const WHOLE_BPS: i64 = 10_000;

/// Basis points for the order that rested and for the one that came second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Of who rested.
    pub maker_bps: u16,
    /// Of who came second.
    pub taker_bps: u16,
}

/// Fees above [`MAX_FEE_BPS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fee may be 1000 basis points at most")]
pub struct FeeTooHigh;

impl Fees {
    /// Fees within bounds.
    ///
    /// # Errors
    /// [`FeeTooHigh`]
    pub fn checked(self) -> Result<Self, FeeTooHigh> {
        (self.maker_bps <= MAX_FEE_BPS && self.taker_bps <= MAX_FEE_BPS)
            .then_some(self)
            .ok_or(FeeTooHigh)
    }

    /// The greater of the two, for which a bid sets kibbles aside.
    #[must_use]
    pub const fn highest(self) -> u16 {
        if self.maker_bps > self.taker_bps {
            self.maker_bps
        } else {
            self.taker_bps
        }
    }
}

/// The fee of `bps` basis points on `worth`, rounded down, or `None` when no integer holds it. Of parts it is never more
/// in sum than of the whole, so what was set aside for a bid covers all its trades.
#[must_use]
pub fn fee(worth: Kibbles, bps: u16) -> Option<Kibbles> {
    if bps == 0 {
        return Some(Kibbles(0));
    }
    let points = worth.0.checked_mul(i64::from(bps))?;
    Some(Kibbles(points / WHOLE_BPS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_never_cost_more_than_the_whole(a in 0..10_000_000_000_i64, b in 0..10_000_000_000_i64, bps in 0..=MAX_FEE_BPS) {
            let of = |worth| fee(Kibbles(worth), bps).unwrap().0;
            prop_assert!(of(a) + of(b) <= of(a + b));
            prop_assert!(of(a) <= a);
        }
    }

    #[test]
    fn a_fee_that_no_integer_holds_is_none() {
        assert_eq!(fee(Kibbles(i64::MAX), 2), None);
        assert_eq!(fee(Kibbles(i64::MAX), 0), Some(Kibbles(0)));
        assert_eq!(fee(Kibbles(9_999), 1), Some(Kibbles(0)));
        assert_eq!(fee(Kibbles(10_000), 1), Some(Kibbles(1)));
    }
}
