//! MongoDB's order over values of all kinds, and its equality.

use std::cmp::Ordering;

use crate::domain::value::{Fields, ParseValue};

/// The order of two values: by kind first.
pub fn compare(a: &ParseValue, b: &ParseValue) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (ParseValue::Number(a), ParseValue::Number(b)) => numbers(*a, *b),
        (ParseValue::String(a), ParseValue::String(b))
        | (ParseValue::Bytes(a), ParseValue::Bytes(b)) => a.cmp(b),
        (ParseValue::Bool(a), ParseValue::Bool(b)) => a.cmp(b),
        (ParseValue::Date(a), ParseValue::Date(b)) => a.cmp(b),
        (ParseValue::Array(a), ParseValue::Array(b)) => lists(a, b),
        (ParseValue::Object(a), ParseValue::Object(b)) => objects(a, b),
        _ => Ordering::Equal,
    })
}

/// A missing value comes before everything, `null` included.
pub fn compare_maybe(a: Option<&ParseValue>, b: Option<&ParseValue>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

pub fn equal(a: &ParseValue, b: &ParseValue) -> bool {
    compare(a, b) == Ordering::Equal
}

/// Whether two values are of one kind, so that `$lt` and its like compare them.
pub fn same_kind(a: &ParseValue, b: &ParseValue) -> bool {
    rank(a) == rank(b)
}

/// What a sort puts an array by: its least element, or its greatest; an empty one comes first of all.
pub fn sort_key(value: Option<&ParseValue>, descending: bool) -> Option<ParseValue> {
    match value {
        Some(ParseValue::Array(items)) if descending => {
            items.iter().max_by(|a, b| compare(a, b)).cloned()
        }
        Some(ParseValue::Array(items)) => items.iter().min_by(|a, b| compare(a, b)).cloned(),
        None => Some(ParseValue::Null),
        other => other.cloned(),
    }
}

/// A text that equal values share and others do not: what groups and sets go by.
pub fn key(value: &ParseValue, into: &mut String) {
    use std::fmt::Write as _;
    match value {
        ParseValue::Null => into.push('n'),
        ParseValue::Bool(truth) => into.push(if *truth { 't' } else { 'f' }),
        // Both zeros are one number.
        ParseValue::Number(number) => {
            write!(into, "#{:x};", (number + 0.0).to_bits()).expect("a String takes all text");
        }
        ParseValue::String(text) => {
            write!(into, "\"{}:{text}", text.len()).expect("a String takes all text");
        }
        ParseValue::Date(date) => {
            write!(into, "d{};", date.timestamp_millis()).expect("a String takes all text");
        }
        ParseValue::Array(items) => {
            into.push('[');
            items.iter().for_each(|item| key(item, into));
            into.push(']');
        }
        ParseValue::Object(fields) => {
            into.push('{');
            for (name, value) in fields {
                key(&name.as_str().into(), into);
                key(value, into);
            }
            into.push('}');
        }
        other => {
            write!(into, "?{other:?};").expect("a String takes all text");
        }
    }
}

fn rank(value: &ParseValue) -> u8 {
    match value {
        ParseValue::Null => 1,
        ParseValue::Number(_) => 2,
        ParseValue::String(_) => 3,
        ParseValue::Array(_) => 5,
        ParseValue::Bytes(_) => 6,
        ParseValue::Bool(_) => 8,
        ParseValue::Date(_) => 9,
        _ => 4,
    }
}

/// Not a number comes before all numbers.
fn numbers(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn lists(a: &[ParseValue], b: &[ParseValue]) -> Ordering {
    let first = a.iter().zip(b).map(|(a, b)| compare(a, b));
    first
        .into_iter()
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Field by field: the kind, the name, the value.
fn objects(a: &Fields, b: &Fields) -> Ordering {
    for ((a_name, a), (b_name, b)) in a.iter().zip(b) {
        let order = rank(a).cmp(&rank(b)).then_with(|| a_name.cmp(b_name));
        let order = order.then_with(|| compare(a, b));
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::aggregate::literal::from_json;
    use serde_json::json;

    #[test]
    fn kinds_come_in_mongodbs_order() {
        let mut values: Vec<ParseValue> = [
            json!(true),
            json!([1]),
            json!("b"),
            json!({"a": 1}),
            json!(2),
            json!(null),
            json!("a"),
            json!(-1),
        ]
        .iter()
        .map(from_json)
        .collect();
        values.sort_by(compare);
        let sorted: Vec<ParseValue> = [
            json!(null),
            json!(-1),
            json!(2),
            json!("a"),
            json!("b"),
            json!({"a": 1}),
            json!([1]),
            json!(true),
        ]
        .iter()
        .map(from_json)
        .collect();
        assert_eq!(values, sorted);
    }

    #[test]
    fn keys_tell_values_apart() {
        let of = |json: serde_json::Value| {
            let mut text = String::new();
            key(&from_json(&json), &mut text);
            text
        };
        assert_eq!(of(json!({"a": [1, "x"]})), of(json!({"a": [1.0, "x"]})));
        assert_ne!(of(json!(["ab", "c"])), of(json!(["a", "bc"])));
        assert_ne!(of(json!(1)), of(json!("1")));
    }
}
