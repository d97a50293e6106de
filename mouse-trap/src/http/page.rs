//! Lists in pages: how long, and where the next one starts.

use super::problems::invalid_parameter;
use crate::domain::portal::outcome::Outcome;
use crate::storage::CatchPlace;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use service_chassis::http::Problem;
use shared_events::id::{CaptureId, InvalidId};
use shared_events::timestamp;
use std::fmt::Display;
use std::str::FromStr;

/// The length of a page that is not told.
const USUAL_LIMIT: u32 = 50;
/// The longest page.
const LONGEST_PAGE: u32 = 500;

/// Checks a page's length.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(USUAL_LIMIT) {
        limit @ 1..=LONGEST_PAGE => Ok(limit),
        _ => Err(invalid_parameter(
            "limit",
            format!("1 to {LONGEST_PAGE} are allowed"),
        )),
    }
}

/// The cursor after the last item of a page; none when the page was not full, for then nothing follows.
pub(super) fn next_cursor<T>(
    items: &[T],
    limit: u32,
    place: impl FnOnce(&T) -> String,
) -> Option<String> {
    let full = items.len() >= limit as usize;
    items
        .last()
        .filter(|_| full)
        .map(|last| URL_SAFE_NO_PAD.encode(place(last)))
}

/// The place that a cursor stands for.
pub(super) fn place<T: FromStr>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    cursor
        .map(|cursor| decode(cursor)?.parse().map_err(|_| not_ours()))
        .transpose()
}

/// The place in a list of catches that a cursor stands for.
pub(super) fn catch_place(cursor: Option<&str>) -> Result<Option<CatchPlace>, Problem> {
    let read = |cursor| {
        let text = decode(cursor)?;
        let (millis, id) = text.split_once('/').ok_or_else(not_ours)?;
        let caught_at = millis
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .ok_or_else(not_ours)?;
        Ok(CatchPlace {
            caught_at,
            id: CaptureId::new(id).map_err(|_| not_ours())?,
        })
    };
    cursor.map(read).transpose()
}

/// A place in a list of catches, for [`next_cursor`].
pub(super) fn catch_text(caught_at: DateTime<Utc>, id: &CaptureId) -> String {
    format!("{}/{id}", caught_at.timestamp_millis())
}

fn decode(cursor: &str) -> Result<String, Problem> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(not_ours)
}

fn not_ours() -> Problem {
    invalid_parameter("cursor", "not a cursor of this list")
}

/// An identifier in a path or a query.
pub(super) fn id<T: FromStr<Err = InvalidId>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|error: InvalidId| invalid_parameter(name, error))
}

/// An identifier in a query that may be absent.
pub(super) fn optional_id<T: FromStr<Err = InvalidId>>(
    name: &str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    text.map(|text| id(name, text)).transpose()
}

/// A time in a query that may be absent.
pub(super) fn optional_time(
    name: &str,
    text: Option<&str>,
) -> Result<Option<DateTime<Utc>>, Problem> {
    text.map(|text| {
        timestamp::from_text(text).map_err(|_| invalid_parameter(name, "not an RFC 3339 time"))
    })
    .transpose()
}

/// A word in a query that may be absent.
pub(super) fn optional_word<T>(
    name: &str,
    text: Option<&str>,
    find: impl FnOnce(&str) -> Option<T>,
    words: impl Display,
) -> Result<Option<T>, Problem> {
    text.map(|text| find(text).ok_or_else(|| invalid_parameter(name, format!("one of {words}"))))
        .transpose()
}

/// The outcome in a query that may be absent.
pub(super) fn optional_outcome(text: Option<&str>) -> Result<Option<Outcome>, Problem> {
    optional_word(
        "outcome",
        text,
        Outcome::named,
        "mouse, rat, bycatch, nothing, refused",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_events::id::TrapId;

    #[test]
    fn cursors_come_back_and_strangers_are_refused() {
        let trap = TrapId::new("barn-7").expect("valid");
        let cursor = next_cursor(&[&trap], 1, ToString::to_string);
        assert_eq!(
            place::<TrapId>(cursor.as_deref()).expect("ours"),
            Some(trap)
        );
        assert!(next_cursor(&[1], 2, ToString::to_string).is_none());
        assert!(place::<TrapId>(Some("%%")).is_err());
        assert!(catch_place(Some("bm90IGEgcGxhY2U")).is_err());
        let id = CaptureId::new("c").expect("valid");
        let cursor = URL_SAFE_NO_PAD.encode(catch_text(DateTime::UNIX_EPOCH, &id));
        let caught_at = DateTime::UNIX_EPOCH;
        assert_eq!(
            catch_place(Some(&cursor)).expect("ours"),
            Some(CatchPlace { caught_at, id })
        );
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(limit(None).expect("usual"), USUAL_LIMIT);
        assert!(
            limit(Some(0)).is_err()
                && limit(Some(LONGEST_PAGE + 1)).is_err()
                && limit(Some(LONGEST_PAGE)).is_ok()
        );
    }
}
