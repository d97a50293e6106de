//! How age becomes a grade.

use super::{Grade, Moment};
use serde::{Deserialize, Serialize};

/// Until which age a cadaver keeps each grade; after the last it is spoiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// Younger than this: prime.
    pub prime_until_ms: i64,
    /// Younger than this: standard.
    pub standard_until_ms: i64,
    /// Younger than this: salvage.
    pub salvage_until_ms: i64,
}

impl Default for Freshness {
    /// 6, 24 and 72 hours.
    fn default() -> Self {
        const HOUR_MS: i64 = 3_600_000;
        Self {
            prime_until_ms: 6 * HOUR_MS,
            standard_until_ms: 24 * HOUR_MS,
            salvage_until_ms: 72 * HOUR_MS,
        }
    }
}

/// The ages are not in rising order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the freshness limits must rise: 0 < prime < standard < salvage")]
pub struct FreshnessNotRising;

impl Freshness {
    /// Limits in rising order.
    ///
    /// # Errors
    /// [`FreshnessNotRising`]
    pub fn checked(self) -> Result<Self, FreshnessNotRising> {
        let rising = 0 < self.prime_until_ms
            && self.prime_until_ms < self.standard_until_ms
            && self.standard_until_ms < self.salvage_until_ms;
        rising.then_some(self).ok_or(FreshnessNotRising)
    }

    /// The grade at `now` of what was caught at `caught_at`. What claims to be caught in the future counts as fresh.
    #[must_use]
    pub fn grade(&self, caught_at: Moment, now: Moment) -> Grade {
        let age_ms = now.millis_since(caught_at);
        let fresh_enough = |grade: &Grade| self.limit_ms(*grade).is_none_or(|limit| age_ms < limit);
        Grade::ALL
            .iter()
            .copied()
            .find(fresh_enough)
            .unwrap_or(Grade::Spoiled)
    }

    /// When what was caught at `caught_at` leaves `grade`; what is spoiled stays so.
    #[must_use]
    pub fn end_of(&self, grade: Grade, caught_at: Moment) -> Option<Moment> {
        self.limit_ms(grade)
            .map(|limit| caught_at.plus_millis(limit))
    }

    const fn limit_ms(&self, grade: Grade) -> Option<i64> {
        match grade {
            Grade::Prime => Some(self.prime_until_ms),
            Grade::Standard => Some(self.standard_until_ms),
            Grade::Salvage => Some(self.salvage_until_ms),
            Grade::Spoiled => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn limits() -> Freshness {
        Freshness::default()
    }

    #[test]
    fn the_limit_itself_belongs_to_the_next_grade() {
        let caught = Moment::from_millis(0);
        let grade_after = |ms| limits().grade(caught, Moment::from_millis(ms));
        assert_eq!(grade_after(6 * HOUR_MS - 1), Grade::Prime);
        assert_eq!(grade_after(6 * HOUR_MS), Grade::Standard);
        assert_eq!(grade_after(24 * HOUR_MS), Grade::Salvage);
        assert_eq!(grade_after(72 * HOUR_MS), Grade::Spoiled);
        assert_eq!(grade_after(-5), Grade::Prime);
    }

    #[test]
    fn limits_must_rise() {
        assert!(
            Freshness {
                prime_until_ms: 24 * HOUR_MS,
                ..limits()
            }
            .checked()
            .is_err()
        );
        assert!(limits().checked().is_ok());
    }
}
