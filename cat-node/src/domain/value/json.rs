//! The wire form of values: plain JSON, and `{"__type": ...}` for what JSON lacks. SQLite keeps the same form.

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};
use serde_json::{Map, Value as Json, json};

use super::{Fields, GeoPoint, ParseValue, Pointer};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};

/// Deepest nesting of objects and arrays that is taken.
pub const MAX_DEPTH: usize = 64;
/// Whole numbers up to here print without a fraction and lose nothing.
const MAX_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

const TOO_DEEP: &str = "The value is nested too deep.";

/// Whether a value was refused for its depth, not for what it is.
pub fn is_too_deep(error: &ParseError) -> bool {
    error.message == TOO_DEEP
}

/// Reads a value of a field.
pub fn value_from_json(json: &Json) -> Result<ParseValue, ParseError> {
    read(json.clone(), MAX_DEPTH)
}

fn read(json: Json, depth: usize) -> Result<ParseValue, ParseError> {
    let Some(deeper) = depth.checked_sub(1) else {
        return Err(ParseError::new(ErrorCode::INVALID_JSON, TOO_DEEP));
    };
    Ok(match json {
        Json::Null => ParseValue::Null,
        Json::Bool(truth) => ParseValue::Bool(truth),
        Json::Number(number) => ParseValue::Number(number.as_f64().unwrap_or(0.0)),
        Json::String(text) => ParseValue::String(text),
        Json::Array(items) => {
            let items = items.into_iter().map(|item| read(item, deeper));
            ParseValue::Array(items.collect::<Result<_, _>>()?)
        }
        Json::Object(map) => {
            if let Some(kind) = map.get("__type").and_then(Json::as_str)
                && let Some(value) = typed(kind, &map)?
            {
                return Ok(value);
            }
            ParseValue::Object(read_fields(map, deeper)?)
        }
    })
}

fn read_fields(map: Map<String, Json>, depth: usize) -> Result<Fields, ParseError> {
    map.into_iter()
        .map(|(name, value)| Ok((name, read(value, depth)?)))
        .collect()
}

/// `None` when the `__type` is none of Parse's: then it is an object like any other.
fn typed(kind: &str, map: &Map<String, Json>) -> Result<Option<ParseValue>, ParseError> {
    let text = |name: &str| map.get(name).and_then(Json::as_str);
    let invalid = || {
        ParseError::new(
            ErrorCode::INCORRECT_TYPE,
            format!("This is not a valid {kind}"),
        )
    };
    Ok(Some(match kind {
        "Date" => ParseValue::Date(map.get("iso").and_then(moment).ok_or_else(invalid)?),
        "Bytes" => ParseValue::Bytes(text("base64").ok_or_else(invalid)?.to_owned()),
        "Pointer" if text("className").is_some() => ParseValue::Pointer(Pointer {
            class: ClassName::parse(text("className").ok_or_else(invalid)?)?,
            id: ObjectId::new(text("objectId").ok_or_else(invalid)?),
        }),
        "Relation" => {
            ParseValue::Relation(ClassName::parse(text("className").ok_or_else(invalid)?)?)
        }
        "GeoPoint" => ParseValue::GeoPoint(geo_point(map).ok_or_else(invalid)?),
        "Polygon" => ParseValue::Polygon(polygon(map)?),
        "File" => ParseValue::File {
            name: text("name").ok_or_else(invalid)?.to_owned(),
            url: text("url").map(str::to_owned),
        },
        "Pointer" => return Err(invalid()),
        _ => return Ok(None),
    }))
}

/// A date as a text, or as milliseconds since 1970.
fn moment(iso: &Json) -> Option<DateTime<Utc>> {
    match iso {
        Json::String(text) => parse_date(text),
        Json::Number(number) => number.as_i64().and_then(DateTime::from_timestamp_millis),
        _ => None,
    }
    .filter(|date| (0..=9999).contains(&date.year()))
}

/// Any RFC 3339 or RFC 2822 date, or a plain day, of the years 0 to 9999 (so that texts sort as dates do), cut to milliseconds.
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc3339(text)
        .map(|date| date.to_utc())
        .ok()
        .or_else(|| {
            let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(day.and_hms_opt(0, 0, 0)?.and_utc())
        })
        .or_else(|| {
            let date = DateTime::parse_from_rfc2822(text).ok()?;
            Some(date.to_utc())
        })?;
    (0..=9999)
        .contains(&date.year())
        .then(|| date.trunc_subsecs(3))
}

pub fn date_text(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn geo_point(map: &Map<String, Json>) -> Option<GeoPoint> {
    Some(GeoPoint {
        latitude: map.get("latitude")?.as_f64()?,
        longitude: map.get("longitude")?.as_f64()?,
    })
}

fn polygon(map: &Map<String, Json>) -> Result<Vec<GeoPoint>, ParseError> {
    let invalid = |text: &str| ParseError::new(ErrorCode::INVALID_JSON, text);
    let coordinates = map.get("coordinates").and_then(Json::as_array);
    let coordinates = coordinates.ok_or_else(|| invalid("Polygon must have at least 3 values"))?;
    if coordinates.len() < 3 {
        return Err(invalid("Polygon must have at least 3 values"));
    }
    let mut ring = Vec::with_capacity(coordinates.len() + 1);
    for pair in coordinates {
        let point = match pair.as_array().map(Vec::as_slice) {
            Some([latitude, longitude]) => latitude.as_f64().zip(longitude.as_f64()),
            _ => None,
        };
        let (latitude, longitude) = point.ok_or_else(|| invalid("bad $polygon value"))?;
        ring.push(GeoPoint {
            latitude,
            longitude,
        });
    }
    if ring.first() != ring.last() {
        ring.push(ring[0]);
    }
    Ok(ring)
}

pub fn number_to_json(number: f64) -> Json {
    #[allow(clippy::cast_possible_truncation)] // whole and within ±2^53
    if number.fract() == 0.0 && number.abs() <= MAX_EXACT_INTEGER {
        return Json::from(number as i64);
    }
    Json::from(number)
}

/// Writes a value of a field.
pub fn value_to_json(value: &ParseValue) -> Json {
    match value {
        ParseValue::Null => Json::Null,
        ParseValue::Bool(truth) => Json::Bool(*truth),
        ParseValue::Number(number) => number_to_json(*number),
        ParseValue::String(text) => Json::String(text.clone()),
        ParseValue::Date(date) => json!({"__type": "Date", "iso": date_text(*date)}),
        ParseValue::Bytes(base64) => json!({"__type": "Bytes", "base64": base64}),
        ParseValue::Pointer(Pointer { class, id }) => {
            json!({"__type": "Pointer", "className": class.as_str(), "objectId": id.as_str()})
        }
        ParseValue::Relation(class) => json!({"__type": "Relation", "className": class.as_str()}),
        ParseValue::GeoPoint(point) => json!({
            "__type": "GeoPoint",
            "latitude": number_to_json(point.latitude),
            "longitude": number_to_json(point.longitude),
        }),
        ParseValue::Polygon(ring) => {
            json!({"__type": "Polygon", "coordinates": ring_to_json(ring)})
        }
        ParseValue::File {
            name,
            url: Some(url),
        } => json!({"__type": "File", "name": name, "url": url}),
        ParseValue::File { name, url: None } => json!({"__type": "File", "name": name}),
        ParseValue::Array(items) => Json::Array(items.iter().map(value_to_json).collect()),
        ParseValue::Object(fields) => Json::Object(fields_to_json(fields)),
    }
}

fn ring_to_json(ring: &[GeoPoint]) -> Vec<Json> {
    ring.iter()
        .map(|point| {
            Json::Array(vec![
                number_to_json(point.latitude),
                number_to_json(point.longitude),
            ])
        })
        .collect()
}

pub fn fields_to_json(fields: &Fields) -> Map<String, Json> {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), value_to_json(value)))
        .collect()
}

/// Reads fields that this module wrote.
pub fn fields_from_json(map: &Map<String, Json>) -> Result<Fields, ParseError> {
    read_fields(map.clone(), MAX_DEPTH)
}

/// Reads fields that `fields_to_text` wrote.
pub fn fields_from_text(text: &str) -> Result<Fields, ParseError> {
    let map = serde_json::from_str(text);
    read_fields(
        map.map_err(|error| ParseError::new(ErrorCode::INVALID_JSON, error.to_string()))?,
        MAX_DEPTH,
    )
}

/// The fields as JSON text.
pub fn fields_to_text(fields: &Fields) -> String {
    serde_json::to_string(fields)
        .expect("values have string keys and finite numbers, so they are JSON")
}

/// The wire form, written without building a JSON tree for the common kinds.
impl serde::Serialize for ParseValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Array(items) => items.serialize(serializer),
            Self::Object(fields) => fields.serialize(serializer),
            other => value_to_json(other).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(json: &Json) -> Json {
        value_to_json(&value_from_json(json).unwrap())
    }

    #[test]
    fn every_type_comes_back_as_it_was() {
        for json in [
            json!(null),
            json!(1),
            json!(-1.5),
            json!("x"),
            json!([1, "a", {"b": [true]}]),
            json!({"__type": "Date", "iso": "2026-11-24T08:00:00.123Z"}),
            json!({"__type": "Bytes", "base64": "AAEC"}),
            json!({"__type": "Pointer", "className": "_User", "objectId": "abc"}),
            json!({"__type": "GeoPoint", "latitude": 45.5, "longitude": -73}),
            json!({"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1], [0, 0]]}),
            json!({"__type": "File", "name": "a.txt"}),
            json!({"__type": "Other", "x": 1}),
        ] {
            assert_eq!(round(&json), json);
        }
        let date = |iso: Json| round(&json!({"__type": "Date", "iso": iso}))["iso"].clone();
        assert_eq!(date(json!(5)), "1970-01-01T00:00:00.005Z");
        assert_eq!(
            date(json!("Wed, 01 Jan 2020 00:00:00 GMT")),
            "2020-01-01T00:00:00.000Z"
        );
    }

    #[test]
    fn what_is_not_what_it_says_is_refused() {
        for json in [
            json!({"__type": "Date", "iso": "soon"}),
            json!({"__type": "Pointer", "className": "X"}),
            json!({"__type": "Pointer", "className": "_Join:a:B", "objectId": "x"}),
            json!({"__type": "GeoPoint", "latitude": "1"}),
            json!({"__type": "Polygon", "coordinates": [[0, 0]]}),
        ] {
            assert!(value_from_json(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..=MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
        assert!(value_from_json(&deep).is_err());
    }
}
