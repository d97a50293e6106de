//! When too many wrong passwords lock an account, as a step from one state to the next: whoever stores the step
//! compares and sets, so that guesses made at once count one by one.

use chrono::{DateTime, TimeDelta, Utc};

use super::error::{ErrorCode, ParseError};
use super::object::ParseObject;

pub const FAILED_COUNT_FIELD: &str = "_failed_login_count";
pub const LOCKED_UNTIL_FIELD: &str = "_account_lockout_expires_at";

/// parse-server's `accountLockout`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccountLockout {
    /// Wrong passwords that lock the account.
    pub threshold: u32,
    /// For how long, in minutes; a fraction is possible.
    pub duration_minutes: f64,
    pub unlock_on_password_reset: bool,
}

/// What a user's record says of wrong passwords.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailedLogIns {
    pub count: u32,
    pub locked_until: Option<DateTime<Utc>>,
}

/// What one log-in attempt does.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempted {
    /// The record afterwards; `None` leaves it as it is.
    pub record: Option<FailedLogIns>,
    /// The account is locked: nothing is told of the password.
    pub refusal: Option<ParseError>,
}

impl FailedLogIns {
    pub fn of(user: &ParseObject) -> Self {
        let count = user
            .get(FAILED_COUNT_FIELD)
            .and_then(|count| count.as_number());
        Self {
            // Saturates: a count is small and whole.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            count: count.unwrap_or(0.0) as u32,
            locked_until: user
                .get(LOCKED_UNTIL_FIELD)
                .and_then(|until| until.as_date()),
        }
    }
}

impl AccountLockout {
    /// The step of an attempt with the right or a wrong password.
    pub fn attempt(&self, before: FailedLogIns, is_right: bool, now: DateTime<Utc>) -> Attempted {
        let is_locked =
            before.count >= self.threshold && before.locked_until.is_some_and(|until| until > now);
        if is_locked {
            return Attempted {
                record: None,
                refusal: Some(self.refusal()),
            };
        }
        if is_right {
            let changes = before.count != 0;
            let record = changes.then_some(FailedLogIns { count: 0, ..before });
            return Attempted {
                record,
                refusal: None,
            };
        }
        let count = before.count.saturating_add(1);
        let locked_until = if count >= self.threshold {
            Some(now + self.duration())
        } else {
            before.locked_until
        };
        Attempted {
            record: Some(FailedLogIns {
                count,
                locked_until,
            }),
            refusal: (count > self.threshold).then(|| self.refusal()),
        }
    }

    fn duration(&self) -> TimeDelta {
        // Settings allow less than 100,000 minutes.
        #[allow(clippy::cast_possible_truncation)]
        TimeDelta::milliseconds((self.duration_minutes * 60_000.0) as i64)
    }

    fn refusal(&self) -> ParseError {
        let text = format!(
            "Your account is locked due to multiple failed login attempts. Please try again after {} minute(s)",
            self.duration_minutes
        );
        ParseError::new(ErrorCode::OBJECT_NOT_FOUND, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKOUT: AccountLockout = AccountLockout {
        threshold: 2,
        duration_minutes: 5.0,
        unlock_on_password_reset: false,
    };
    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn record(count: u32, locked_until: Option<DateTime<Utc>>) -> FailedLogIns {
        FailedLogIns {
            count,
            locked_until,
        }
    }

    #[test]
    fn the_threshold_locks_even_the_right_password_out() {
        let first = LOCKOUT.attempt(record(0, None), false, NOW);
        assert_eq!((first.record, first.refusal), (Some(record(1, None)), None));
        let second = LOCKOUT.attempt(record(1, None), false, NOW);
        let until = Some(NOW + TimeDelta::minutes(5));
        assert_eq!(
            (second.record, second.refusal),
            (Some(record(2, until)), None)
        );
        let third = LOCKOUT.attempt(record(2, until), true, NOW);
        assert_eq!(third.record, None);
        assert_eq!(
            third.refusal.unwrap().message,
            "Your account is locked due to multiple failed login attempts. Please try again after 5 minute(s)"
        );
    }

    #[test]
    fn after_its_time_one_more_wrong_password_locks_again() {
        let until = Some(NOW - TimeDelta::seconds(1));
        assert_eq!(
            LOCKOUT.attempt(record(2, until), true, NOW).record,
            Some(record(0, until))
        );
        let wrong = LOCKOUT.attempt(record(2, until), false, NOW);
        assert!(wrong.refusal.is_some());
        assert_eq!(
            wrong.record,
            Some(record(3, Some(NOW + TimeDelta::minutes(5))))
        );
    }
}
