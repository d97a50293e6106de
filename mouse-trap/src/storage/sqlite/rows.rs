//! Columns to the domain's types and back.

use crate::domain::position::Position;
use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::Type;
use std::error::Error;

/// A time as it is stored.
pub(super) fn millis(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// A column whose text the domain must accept, as it wrote it.
pub(super) fn parsed<'a, T, E>(
    row: &'a Row<'_>,
    column: &str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> rusqlite::Result<T>
where
    E: Error + Send + Sync + 'static,
{
    let index = row.as_ref().column_index(column)?;
    let text = row.get_ref(index)?.as_str()?;
    parse(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
    })
}

/// The same for a column that may be null.
pub(super) fn parsed_optional<'a, T, E>(
    row: &'a Row<'_>,
    column: &str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> rusqlite::Result<Option<T>>
where
    E: Error + Send + Sync + 'static,
{
    let index = row.as_ref().column_index(column)?;
    let Some(text) = row.get_ref(index)?.as_str_or_null()? else {
        return Ok(None);
    };
    let value = parse(text);
    value.map(Some).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
    })
}

/// A word that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a known word")]
pub(super) struct UnknownWord(String);

/// Turns a word table's answer into a parser for [`parsed`].
pub(super) fn word<T>(
    find: impl FnOnce(&str) -> Option<T>,
) -> impl FnOnce(&str) -> Result<T, UnknownWord> {
    |text| find(text).ok_or_else(|| UnknownWord(text.to_owned()))
}

/// The time in a column.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<DateTime<Utc>> {
    from_millis(row.get(column)?)
}

/// The time in a column that may be null.
pub(super) fn optional_time(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<DateTime<Utc>>> {
    row.get::<_, Option<i64>>(column)?
        .map(from_millis)
        .transpose()
}

fn from_millis(millis: i64) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(0, millis))
}

/// The columns `latitude` and `longitude`.
pub(super) fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    let position = Position::new(row.get("latitude")?, row.get("longitude")?);
    position
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Real, Box::new(error)))
}

/// A number that the domain must accept, as it wrote it.
pub(super) fn number<T, E>(value: Result<T, E>) -> rusqlite::Result<T>
where
    E: Error + Send + Sync + 'static,
{
    value.map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Real, Box::new(error)))
}
