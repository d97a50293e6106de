//! When something happened, as a device tells it: believable instants in whole milliseconds.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use thiserror::Error;

/// A device's clock may run ahead of ours by this much.
pub const CLOCK_LEAD_ALLOWED: TimeDelta = TimeDelta::minutes(5);

/// The instant is not believable.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EventTimeError {
    /// Clocks that lost their battery restart before this.
    #[error("{0} is before 1970-01-01")]
    BeforeEpoch(DateTime<Utc>),
    /// Further ahead than any honest drift.
    #[error("{0} is more than 5 minutes in the future")]
    Future(DateTime<Utc>),
}

/// Checks a told instant against the present; the result has whole milliseconds, which every store keeps exactly.
pub fn event_time(
    told: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, EventTimeError> {
    if told < DateTime::UNIX_EPOCH {
        return Err(EventTimeError::BeforeEpoch(told));
    }
    if told > now + CLOCK_LEAD_ALLOWED {
        return Err(EventTimeError::Future(told));
    }
    Ok(told.trunc_subsecs(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_late_is_fine_and_absurd_is_not() {
        let now = DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap_or_default();
        assert!(event_time(now - TimeDelta::days(400), now).is_ok());
        assert!(event_time(now + CLOCK_LEAD_ALLOWED, now).is_ok());
        assert_eq!(
            event_time(now, now).map(|at| at.timestamp_subsec_nanos()),
            Ok(123_000_000)
        );
        let future = now + TimeDelta::minutes(6);
        assert_eq!(event_time(future, now), Err(EventTimeError::Future(future)));
        let past = DateTime::from_timestamp(-1, 0).unwrap_or_default();
        assert_eq!(
            event_time(past, now),
            Err(EventTimeError::BeforeEpoch(past))
        );
    }
}
