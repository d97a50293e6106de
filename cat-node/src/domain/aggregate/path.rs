//! Dotted paths into documents.

use super::{Document, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

/// Most segments of a path.
const MAX_SEGMENTS: usize = 100;

/// A path, taken apart; no segment is empty.
pub fn segments(path: &str) -> Result<Vec<String>, ParseError> {
    let segments: Vec<String> = path.split('.').map(str::to_owned).collect();
    if segments.len() > MAX_SEGMENTS || segments.iter().any(String::is_empty) {
        return Err(refused("FieldPath field names may not be empty strings."));
    }
    Ok(segments)
}

/// The value of an expression's path: through an array it is the array of what its elements have.
pub fn get(value: &ParseValue, path: &[String]) -> Option<ParseValue> {
    let Some((first, rest)) = path.split_first() else {
        return Some(value.clone());
    };
    match value {
        ParseValue::Object(fields) => get(fields.get(first)?, rest),
        ParseValue::Array(items) => {
            let found = items.iter().filter_map(|item| match item {
                ParseValue::Object(_) => get(item, path),
                _ => None,
            });
            Some(ParseValue::Array(found.collect()))
        }
        _ => None,
    }
}

/// `get` in a document.
pub fn get_in(document: &Document, path: &[String]) -> Option<ParseValue> {
    let (first, rest) = path.split_first()?;
    get(document.get(first)?, rest)
}

/// The value that a sort or an unwind goes by: objects on the way, no arrays.
pub fn find<'a>(document: &'a Document, path: &[String]) -> Option<&'a ParseValue> {
    let (first, rest) = path.split_first()?;
    let value = document.get(first)?;
    match (rest.is_empty(), value) {
        (true, _) => Some(value),
        (false, ParseValue::Object(fields)) => find(fields, rest),
        _ => None,
    }
}

/// Sets what is at a path, making objects on the way; in arrays, in each element.
pub fn set(document: &mut Document, path: &[String], value: ParseValue) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        document.insert(first.clone(), value);
        return;
    }
    let inner = document
        .entry(first.clone())
        .or_insert_with(|| ParseValue::Object(Fields::new()));
    set_inside(inner, rest, value);
}

fn set_inside(inner: &mut ParseValue, path: &[String], value: ParseValue) {
    match inner {
        ParseValue::Object(fields) => set(fields, path, value),
        ParseValue::Array(items) => {
            for item in items {
                set_inside(item, path, value.clone());
            }
        }
        other => {
            let mut fields = Fields::new();
            set(&mut fields, path, value);
            *other = ParseValue::Object(fields);
        }
    }
}

/// Takes away what is at a path.
pub fn remove(document: &mut Document, path: &[String]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        document.shift_remove(first);
    } else if let Some(inner) = document.get_mut(first) {
        remove_inside(inner, rest);
    }
}

fn remove_inside(inner: &mut ParseValue, path: &[String]) {
    match inner {
        ParseValue::Object(fields) => remove(fields, path),
        ParseValue::Array(items) => items.iter_mut().for_each(|item| remove_inside(item, path)),
        _ => {}
    }
}
