//! Times on the wire: RFC 3339 in UTC, always with milliseconds, so that text order is time order.

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serializer};

/// The wire form, for example `2026-11-24T08:30:00.000Z`.
#[must_use]
pub fn to_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads RFC 3339 with any offset and any precision; what is finer than a millisecond is cut off.
///
/// # Errors
/// The text is not RFC 3339.
pub fn from_text(text: &str) -> Result<DateTime<Utc>, chrono::ParseError> {
    Ok(DateTime::parse_from_rfc3339(text)?
        .to_utc()
        .trunc_subsecs(3))
}

/// For `#[serde(with = "timestamp")]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*time))
}

/// For `#[serde(with = "timestamp")]`.
///
/// # Errors
/// The text is not RFC 3339.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    from_text(&text).map_err(serde::de::Error::custom)
}

/// The same for a time that may be missing: `#[serde(with = "timestamp::optional")]`.
pub mod optional {
    use super::{DateTime, Deserialize, Deserializer, Serializer, Utc};

    /// Writes the time, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        time: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a time, null, or (with `#[serde(default)]`) nothing.
    ///
    /// # Errors
    /// The text is not RFC 3339.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| super::from_text(&text).map_err(serde::de::Error::custom))
            .transpose()
    }
}
