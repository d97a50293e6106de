//! Numbers and words between SQLite's types and the exchange's.

use super::WorkError;
use crate::domain::Side;

/// SQLite counts with a sign; positions and numbers never need the last bit.
pub(super) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn from_sql(number: i64) -> Result<u64, WorkError> {
    u64::try_from(number).map_err(unreadable)
}

pub(super) fn side(word: &str) -> Result<Side, WorkError> {
    Side::from_word(word).ok_or_else(|| unreadable(format!("{word:?} is no side")))
}

pub(super) fn unreadable(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> WorkError {
    WorkError::Unreadable(reason.into())
}
