//! The different values of a column, as MongoDB gathers them: of an array, its elements.

use std::collections::HashSet;

use super::meter::Meter;
use super::order::key;
use super::{Document, path};
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

/// Each value once, in the order in which they are met; `null` is none.
#[derive(Debug)]
pub struct Distinct {
    path: Vec<String>,
    seen: HashSet<String>,
    pub values: Vec<ParseValue>,
    meter: Meter,
}

impl Distinct {
    pub fn of(column: &str) -> Result<Self, ParseError> {
        Ok(Self {
            path: path::segments(column)?,
            seen: HashSet::new(),
            values: Vec::new(),
            meter: Meter::default(),
        })
    }

    pub fn take(&mut self, document: &Document) -> Result<(), ParseError> {
        let found = match path::get_in(document, &self.path) {
            Some(ParseValue::Array(items)) => items,
            other => other.into_iter().collect(),
        };
        self.meter.spend(1 + found.len())?;
        for value in found {
            let mut text = String::new();
            key(&value, &mut text);
            if value != ParseValue::Null && self.seen.insert(text) {
                self.values.push(value);
            }
        }
        self.meter.check_count(self.values.len())
    }
}

/// All at once.
pub fn distinct(documents: &[Document], column: &str) -> Result<Vec<ParseValue>, ParseError> {
    let mut distinct = Distinct::of(column)?;
    for document in documents {
        distinct.take(document)?;
    }
    Ok(distinct.values)
}
