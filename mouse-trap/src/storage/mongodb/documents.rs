//! Documents to the domain's types and back.

use crate::domain::position::Position;
use bson::{Bson, Document, doc};
use chrono::{DateTime, Utc};
use std::error::Error;

/// A field that is not what this program writes.
#[derive(Debug, thiserror::Error)]
#[error("the field {field:?} is missing or not readable")]
pub(super) struct Unreadable {
    field: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// A field's problem.
pub(super) fn unreadable<E: Error + Send + Sync + 'static>(
    field: &'static str,
) -> impl FnOnce(E) -> Unreadable {
    move |error| Unreadable {
        field,
        source: Some(Box::new(error)),
    }
}

/// A field that is absent where it must not be.
pub(super) const fn missing(field: &'static str) -> Unreadable {
    Unreadable {
        field,
        source: None,
    }
}

/// A time as it is stored.
pub(super) fn date(time: DateTime<Utc>) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(time.timestamp_millis()))
}

/// A count as it is stored.
pub(super) fn count(number: u64) -> Bson {
    Bson::Int64(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A position as it is stored: a GeoJSON point.
pub(super) fn point(position: Position) -> Bson {
    Bson::Document(
        doc! { "type": "Point", "coordinates": [position.longitude(), position.latitude()] },
    )
}

/// A text field that the domain must accept, as it wrote it.
pub(super) fn parsed<'a, T, E>(
    document: &'a Document,
    field: &'static str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<T, Unreadable>
where
    E: Error + Send + Sync + 'static,
{
    parse(document.get_str(field).map_err(unreadable(field))?).map_err(unreadable(field))
}

/// The same for a field that may be null.
pub(super) fn parsed_optional<'a, T, E>(
    document: &'a Document,
    field: &'static str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<Option<T>, Unreadable>
where
    E: Error + Send + Sync + 'static,
{
    match document.get(field) {
        None | Some(Bson::Null) => Ok(None),
        Some(_) => parsed(document, field, parse).map(Some),
    }
}

/// A text field that is a word of a closed set.
pub(super) fn word<T>(
    document: &Document,
    field: &'static str,
    find: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Unreadable> {
    document
        .get_str(field)
        .ok()
        .and_then(find)
        .ok_or_else(|| missing(field))
}

/// The same for a field that may be null.
pub(super) fn optional_word<T>(
    document: &Document,
    field: &'static str,
    find: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Unreadable> {
    match document.get(field) {
        None | Some(Bson::Null) => Ok(None),
        Some(_) => word(document, field, find).map(Some),
    }
}

/// A number field.
pub(super) fn number(document: &Document, field: &'static str) -> Result<f64, Unreadable> {
    document.get_f64(field).map_err(unreadable(field))
}

/// A count field.
pub(super) fn counted(document: &Document, field: &'static str) -> Result<u64, Unreadable> {
    let number = match document.get(field) {
        Some(Bson::Int32(number)) => i64::from(*number),
        Some(Bson::Int64(number)) => *number,
        _ => return Err(missing(field)),
    };
    u64::try_from(number).map_err(unreadable(field))
}

/// A time field.
pub(super) fn time(document: &Document, field: &'static str) -> Result<DateTime<Utc>, Unreadable> {
    let date = document.get_datetime(field).map_err(unreadable(field))?;
    DateTime::from_timestamp_millis(date.timestamp_millis()).ok_or_else(|| missing(field))
}

/// A time field that may be null.
pub(super) fn optional_time(
    document: &Document,
    field: &'static str,
) -> Result<Option<DateTime<Utc>>, Unreadable> {
    match document.get(field) {
        None | Some(Bson::Null) => Ok(None),
        Some(_) => time(document, field).map(Some),
    }
}

/// The field `position`.
pub(super) fn position(document: &Document) -> Result<Position, Unreadable> {
    let point = document
        .get_document("position")
        .map_err(unreadable("position"))?;
    let coordinates = point
        .get_array("coordinates")
        .map_err(unreadable("position"))?;
    let [Bson::Double(longitude), Bson::Double(latitude)] = coordinates.as_slice() else {
        return Err(missing("position"));
    };
    Position::new(*latitude, *longitude).map_err(unreadable("position"))
}
