//! MongoDB's order of values, which is what Parse apps know: kinds first (nothing, numbers, texts, objects, arrays,
//! bytes, truths, dates), then values of one kind.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::domain::value::{Fields, ParseValue};

/// Where a value stands: a field holds pointers, files and points in a compact form, everything inside it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Field,
    Within,
}

/// The rank of what is not there at all: below everything.
pub(super) const NOTHING: u8 = 0;

/// The rank of a value's kind.
pub(super) fn rank(value: &ParseValue, place: Place) -> u8 {
    match value {
        ParseValue::Null => 1,
        ParseValue::Number(_) => 2,
        ParseValue::String(_) => 3,
        ParseValue::Pointer(_) | ParseValue::File { .. } if place == Place::Field => 3,
        ParseValue::GeoPoint(_) if place == Place::Field => 5,
        ParseValue::Object(_)
        | ParseValue::Relation(_)
        | ParseValue::Polygon(_)
        | ParseValue::Pointer(_)
        | ParseValue::File { .. }
        | ParseValue::GeoPoint(_) => 4,
        ParseValue::Array(_) => 5,
        ParseValue::Bytes(_) => 6,
        ParseValue::Bool(_) => 7,
        ParseValue::Date(_) => 8,
    }
}

/// The order of `$lt` and its kin: only values of one kind compare.
pub(super) fn compare_same_kind(a: &ParseValue, b: &ParseValue, place: Place) -> Option<Ordering> {
    let is_compact = |value: &ParseValue| {
        place == Place::Field && matches!(value, ParseValue::Pointer(_) | ParseValue::File { .. })
    };
    (rank(a, place) == rank(b, place) && is_compact(a) == is_compact(b))
        .then(|| compare_values(a, b, place))
}

/// The order of any two values.
pub(super) fn compare_values(a: &ParseValue, b: &ParseValue, place: Place) -> Ordering {
    let by_kind = rank(a, place).cmp(&rank(b, place));
    by_kind.then_with(|| match (a, b) {
        (ParseValue::Number(a), ParseValue::Number(b)) => {
            a.partial_cmp(b).unwrap_or(Ordering::Equal)
        }
        (ParseValue::Bool(a), ParseValue::Bool(b)) => a.cmp(b),
        (ParseValue::Date(a), ParseValue::Date(b)) => a.cmp(b),
        (ParseValue::String(a), ParseValue::String(b)) => a.cmp(b),
        (ParseValue::Bytes(a), ParseValue::Bytes(b)) => compare_bytes(a, b),
        (ParseValue::Array(a), ParseValue::Array(b)) => compare_lists(a, b),
        // `$` sorts below every letter of a class name, so the parts sort as `Class$id` does.
        (ParseValue::Pointer(a), ParseValue::Pointer(b)) => a.cmp(b),
        (ParseValue::GeoPoint(a), ParseValue::GeoPoint(b)) if place == Place::Field => {
            let by_longitude = a.longitude.total_cmp(&b.longitude);
            by_longitude.then(a.latitude.total_cmp(&b.latitude))
        }
        _ => match (compact(a), compact(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => compare_members(
                &a.members().unwrap_or_default(),
                &b.members().unwrap_or_default(),
            ),
        },
    })
}

/// The text that a field keeps a value as; within objects and lists only texts are texts, and never met by another kind.
fn compact(value: &ParseValue) -> Option<String> {
    match value {
        ParseValue::String(text) => Some(text.clone()),
        ParseValue::File { name, .. } => Some(name.clone()),
        ParseValue::Pointer(pointer) => Some(format!("{}${}", pointer.class, pointer.id)),
        _ => None,
    }
}

fn compare_lists(a: &[ParseValue], b: &[ParseValue]) -> Ordering {
    let pairs = a.iter().zip(b);
    let mut pairs = pairs.map(|(a, b)| compare_values(a, b, Place::Within));
    pairs
        .find(|ordering| ordering.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Member by member as they were set: kind, then name, then value.
fn compare_members(a: &Fields, b: &Fields) -> Ordering {
    let pairs = a.iter().zip(b);
    let mut pairs = pairs.map(|((a_name, a), (b_name, b))| {
        let by_kind = rank(a, Place::Within).cmp(&rank(b, Place::Within));
        by_kind
            .then_with(|| a_name.cmp(b_name))
            .then_with(|| compare_values(a, b, Place::Within))
    });
    pairs
        .find(|ordering| ordering.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Shorter first, as MongoDB has it.
fn compare_bytes(a: &str, b: &str) -> Ordering {
    match (BASE64.decode(a), BASE64.decode(b)) {
        (Ok(a), Ok(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(&b)),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::json::value_from_json;
    use serde_json::json;

    #[test]
    fn kinds_come_before_values() {
        let ascending = [
            json!(null),
            json!(-1),
            json!(2.5),
            json!(""),
            json!("B"),
            json!("a"),
            json!({}),
            json!({"a": 1}),
            json!({"b": 0}),
            json!({"a": 1, "b": 1}),
            json!({"a": "x"}),
            json!([]),
            json!([1]),
            json!([1, 2]),
            json!(["a"]),
            json!({"__type": "Bytes", "base64": "AAEC"}),
            json!(false),
            json!(true),
            json!({"__type": "Date", "iso": "1970-01-01T00:00:00.000Z"}),
        ];
        let values: Vec<ParseValue> = ascending
            .iter()
            .map(|json| value_from_json(json).unwrap())
            .collect();
        for (index, value) in values.iter().enumerate() {
            for (other_index, other) in values.iter().enumerate() {
                let (found, expected) = (
                    compare_values(value, other, Place::Within),
                    index.cmp(&other_index),
                );
                // `{"a": 1, "b": 1}` and `{"b": 0}`: the first member decides.
                if (index, other_index) != (8, 9) && (index, other_index) != (9, 8) {
                    assert_eq!(found, expected, "{value:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn objects_of_fields_compare_by_their_members() {
        let object = |json| value_from_json(&json).unwrap();
        let (low, high) = (object(json!({"a": 1})), object(json!({"a": 2})));
        assert_eq!(compare_values(&low, &high, Place::Field), Ordering::Less);
    }

    #[test]
    fn only_one_kind_compares() {
        let (text, number) = (ParseValue::from("1"), ParseValue::from(1.0));
        assert_eq!(compare_same_kind(&text, &number, Place::Field), None);
    }
}
