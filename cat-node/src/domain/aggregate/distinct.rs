//! The different values of a column, as MongoDB gathers them: of an array, its elements.

use std::collections::HashSet;

use super::meter::Meter;
use super::order::key;
use super::{Document, path};
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

/// Each value once, in the order in which they are met; `null` is none.
pub fn distinct(documents: &[Document], column: &str) -> Result<Vec<ParseValue>, ParseError> {
    let meter = Meter::default();
    let path = path::segments(column)?;
    let mut seen = HashSet::new();
    let mut values = Vec::new();
    for document in documents {
        let found = match path::get_in(document, &path) {
            Some(ParseValue::Array(items)) => items,
            other => other.into_iter().collect(),
        };
        meter.spend(1 + found.len())?;
        for value in found {
            let mut text = String::new();
            key(&value, &mut text);
            if value != ParseValue::Null && seen.insert(text) {
                values.push(value);
            }
        }
    }
    Ok(values)
}
