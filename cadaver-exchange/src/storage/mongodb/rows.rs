//! Numbers and words between BSON's types and the exchange's.

use crate::{domain::Side, storage::StorageError};
use bson::Document;

/// BSON counts with a sign; positions and numbers never need the last bit.
pub(super) fn to_bson(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn number(row: &Document, name: &'static str) -> Result<u64, StorageError> {
    let signed = row.get_i64(name).map_err(|error| unreadable(name, error))?;
    u64::try_from(signed).map_err(|error| unreadable(name, error))
}

pub(super) fn text<'a>(row: &'a Document, name: &'static str) -> Result<&'a str, StorageError> {
    row.get_str(name).map_err(|error| unreadable(name, error))
}

pub(super) fn json<T: serde::de::DeserializeOwned>(
    row: &Document,
    name: &'static str,
) -> Result<T, StorageError> {
    serde_json::from_str(text(row, name)?).map_err(|error| unreadable(name, error))
}

pub(super) fn side(word: &str) -> Result<Side, StorageError> {
    Side::from_word(word)
        .ok_or_else(|| unreadable("side of a trade", format!("{word:?} is no side")))
}

/// Whether a document with that key is there already.
pub(super) fn is_taken(error: &mongodb::error::Error) -> bool {
    const DUPLICATE_KEY: &str = "E11000";
    error.to_string().contains(DUPLICATE_KEY)
}

pub(super) fn unreadable(
    what: &'static str,
    reason: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StorageError {
    StorageError::Unreadable {
        what,
        source: reason.into(),
    }
}
