//! JSON as literal values of a pipeline: nothing in it is read as one of the protocol's types. With raw values it is MongoDB's
//! extended JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::DateTime;
use serde_json::{Map, Value as Json, json};

use crate::domain::value::ParseValue;
use crate::domain::value::json::{date_text, number_to_json, parse_date};

/// The value that the JSON spells.
pub fn from_json(json: &Json) -> ParseValue {
    read(json, &|_| None)
}

/// The value that extended JSON spells: `{"$date": ...}` is a date, and so on.
pub fn from_extended_json(json: &Json) -> ParseValue {
    read(json, &extended)
}

fn read(json: &Json, special: &dyn Fn(&Map<String, Json>) -> Option<ParseValue>) -> ParseValue {
    match json {
        Json::Null => ParseValue::Null,
        Json::Bool(truth) => ParseValue::Bool(*truth),
        Json::Number(number) => ParseValue::Number(number.as_f64().unwrap_or_default()),
        Json::String(text) => ParseValue::String(text.clone()),
        Json::Array(items) => {
            ParseValue::Array(items.iter().map(|item| read(item, special)).collect())
        }
        Json::Object(map) => special(map).unwrap_or_else(|| {
            let fields = map.iter();
            let fields = fields.map(|(name, json)| (name.clone(), read(json, special)));
            ParseValue::Object(fields.collect())
        }),
    }
}

fn extended(map: &Map<String, Json>) -> Option<ParseValue> {
    if map.len() != 1 {
        return None;
    }
    let (kind, value) = map.iter().next()?;
    let number = || match value {
        Json::String(text) => text.parse().ok().map(ParseValue::Number),
        other => other.as_f64().map(ParseValue::Number),
    };
    match kind.as_str() {
        "$date" => date(value),
        "$oid" => value.as_str().map(ParseValue::from),
        "$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal" => number(),
        "$binary" => {
            let bytes = value.get("base64").and_then(Json::as_str)?;
            Some(ParseValue::Bytes(bytes.to_owned()))
        }
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation)] // saturates; out of range is no date
fn date(value: &Json) -> Option<ParseValue> {
    let milliseconds = match value {
        Json::String(text) => return parse_date(text).map(ParseValue::Date),
        Json::Object(map) => map.get("$numberLong")?.as_str()?.parse().ok()?,
        other => other.as_f64()? as i64,
    };
    DateTime::from_timestamp_millis(milliseconds).map(ParseValue::Date)
}

/// Relaxed extended JSON.
pub fn to_extended_json(value: &ParseValue) -> Json {
    write(value, &|value| match value {
        ParseValue::Date(date) => json!({"$date": date_text(*date)}),
        ParseValue::Bytes(base64) => json!({"$binary": {"base64": base64, "subType": "00"}}),
        _ => Json::Null,
    })
}

/// JSON as JavaScript writes stored values: dates are texts.
pub fn to_plain_json(value: &ParseValue) -> Json {
    write(value, &|value| match value {
        ParseValue::Date(date) => date_text(*date).into(),
        ParseValue::Bytes(base64) => base64.as_str().into(),
        _ => Json::Null,
    })
}

/// The form inside answers: dates and bytes as the protocol has them.
pub fn to_protocol_json(value: &ParseValue) -> Json {
    write(value, &|value| match value {
        ParseValue::Date(date) => json!({"__type": "Date", "iso": date_text(*date)}),
        ParseValue::Bytes(base64) => json!({"__type": "Bytes", "base64": base64}),
        _ => Json::Null,
    })
}

fn write(value: &ParseValue, special: &dyn Fn(&ParseValue) -> Json) -> Json {
    match value {
        ParseValue::Null => Json::Null,
        ParseValue::Bool(truth) => (*truth).into(),
        ParseValue::Number(number) => number_to_json(*number),
        ParseValue::String(text) => text.as_str().into(),
        ParseValue::Array(items) => items.iter().map(|item| write(item, special)).collect(),
        ParseValue::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| (name.clone(), write(value, special)));
            Json::Object(fields.collect())
        }
        other => special(other),
    }
}

/// Whether the text is Base64 of something.
pub fn is_base64(text: &str) -> bool {
    BASE64.decode(text).is_ok()
}
