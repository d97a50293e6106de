//! When a market trades, and how: its phase, its auctions, and the times of day at which they begin and end.

use super::Moment;
use serde::{Deserialize, Serialize};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * 3_600_000;
/// The longest that an auction may be asked to last.
pub const MAX_AUCTION_MS: i64 = DAY_MS;

/// Why there is a call auction, which also says what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auction {
    /// The day begins; continuous trading follows.
    Opening,
    /// The day ends; the market closes after it.
    Closing,
    /// The price was about to jump, or a halt ended; continuous trading follows.
    Volatility,
}

/// What a market does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No orders are taken.
    #[default]
    Closed,
    /// Orders are taken and wait for the end of the auction.
    Auction(Auction),
    /// The auction has its price, and its trades are being made.
    Uncrossing(Auction),
    /// Orders match as they come.
    Continuous,
    /// No orders are taken for now; open ones may be cancelled.
    Halted,
}

impl Phase {
    /// Its name on every wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Auction(Auction::Opening) => "opening-auction",
            Self::Auction(Auction::Closing) => "closing-auction",
            Self::Auction(Auction::Volatility) => "volatility-auction",
            Self::Uncrossing(_) => "uncrossing",
            Self::Continuous => "continuous",
            Self::Halted => "halted",
        }
    }
}

/// The times of day, UTC, in milliseconds since midnight and rising. Without one, markets never close by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The opening auction begins.
    pub opening_ms: i64,
    /// It ends, and continuous trading begins.
    pub continuous_ms: i64,
    /// The closing auction begins.
    pub closing_ms: i64,
    /// It ends, and the market closes.
    pub closed_ms: i64,
}

/// The times of a schedule are not in rising order, or not within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the times of a session must rise within a day: 0 <= opening < continuous < closing < closed < 24 h"
)]
pub struct ScheduleNotRising;

impl Schedule {
    /// Times in rising order.
    ///
    /// # Errors
    /// [`ScheduleNotRising`]
    pub fn checked(self) -> Result<Self, ScheduleNotRising> {
        let rising = 0 <= self.opening_ms
            && self.opening_ms < self.continuous_ms
            && self.continuous_ms < self.closing_ms
            && self.closing_ms < self.closed_ms
            && self.closed_ms < DAY_MS;
        rising.then_some(self).ok_or(ScheduleNotRising)
    }

    /// The phase that it gives to a moment.
    #[must_use]
    pub fn phase_at(&self, now: Moment) -> Phase {
        let time = now.millis().rem_euclid(DAY_MS);
        if time < self.opening_ms || time >= self.closed_ms {
            Phase::Closed
        } else if time < self.continuous_ms {
            Phase::Auction(Auction::Opening)
        } else if time < self.closing_ms {
            Phase::Continuous
        } else {
            Phase::Auction(Auction::Closing)
        }
    }

    /// The next moment after `now` at which the market closes.
    #[must_use]
    pub fn next_close(&self, now: Moment) -> Moment {
        next_time_of_day(self.closed_ms, now)
    }
}

/// The end of the trading day after `now`: the schedule's close, or midnight UTC where there is none.
#[must_use]
pub fn end_of_day(schedule: Option<&Schedule>, now: Moment) -> Moment {
    schedule.map_or_else(
        || next_time_of_day(0, now),
        |schedule| schedule.next_close(now),
    )
}

fn next_time_of_day(time_ms: i64, now: Moment) -> Moment {
    let since = now.millis().saturating_sub(time_ms).rem_euclid(DAY_MS);
    now.plus_millis(DAY_MS - since)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn nine_to_five() -> Schedule {
        Schedule {
            opening_ms: 9 * HOUR_MS,
            continuous_ms: 10 * HOUR_MS,
            closing_ms: 16 * HOUR_MS,
            closed_ms: 17 * HOUR_MS,
        }
    }

    #[test]
    fn a_day_goes_from_auction_to_auction() {
        let schedule = nine_to_five();
        let at = |ms| schedule.phase_at(Moment::from_millis(3 * DAY_MS + ms));
        assert_eq!(at(0), Phase::Closed);
        assert_eq!(at(9 * HOUR_MS), Phase::Auction(Auction::Opening));
        assert_eq!(at(10 * HOUR_MS), Phase::Continuous);
        assert_eq!(at(16 * HOUR_MS), Phase::Auction(Auction::Closing));
        assert_eq!(at(17 * HOUR_MS), Phase::Closed);
    }

    #[test]
    fn the_day_ends_at_the_close_or_at_midnight() {
        let noon = Moment::from_millis(12 * HOUR_MS);
        let close = Moment::from_millis(17 * HOUR_MS);
        let schedule = nine_to_five();
        assert_eq!(end_of_day(Some(&schedule), noon), close);
        assert_eq!(
            end_of_day(Some(&schedule), close),
            close.plus_millis(DAY_MS)
        );
        assert_eq!(end_of_day(None, noon), Moment::from_millis(DAY_MS));
    }

    #[test]
    fn times_must_rise() {
        assert!(nine_to_five().checked().is_ok());
        let wrong = Schedule {
            closing_ms: 0,
            ..nine_to_five()
        };
        assert_eq!(wrong.checked(), Err(ScheduleNotRising));
    }
}
