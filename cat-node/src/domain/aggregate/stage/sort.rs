//! `$sort`.

use std::cmp::Ordering;

use crate::domain::aggregate::order::{compare_maybe, sort_key};
use crate::domain::aggregate::{Document, path, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

#[derive(Debug)]
pub struct Sort {
    keys: Vec<(Vec<String>, bool)>,
}

impl Sort {
    pub fn read(fields: &Fields) -> Result<Self, ParseError> {
        if fields.is_empty() {
            return Err(refused("$sort stage must have at least one sort key"));
        }
        let keys = fields.iter().map(|(name, direction)| {
            let descending = match direction {
                ParseValue::Number(number) if number.to_bits() == 1_f64.to_bits() => false,
                ParseValue::Number(number) if number.to_bits() == (-1_f64).to_bits() => true,
                _ => {
                    return Err(refused(
                        "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
                    ));
                }
            };
            Ok((path::segments(name)?, descending))
        });
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// Stable: what ties keeps its order.
    pub fn run(&self, documents: Vec<Document>) -> Vec<Document> {
        let mut keyed: Vec<(Vec<Option<ParseValue>>, Document)> = documents
            .into_iter()
            .map(|document| (self.keys_of(&document), document))
            .collect();
        keyed.sort_by(|(a, _), (b, _)| self.compare(a, b));
        keyed.into_iter().map(|(_, document)| document).collect()
    }

    fn keys_of(&self, document: &Document) -> Vec<Option<ParseValue>> {
        let keys = self.keys.iter();
        keys.map(|(path, descending)| sort_key(path::find(document, path), *descending))
            .collect()
    }

    fn compare(&self, a: &[Option<ParseValue>], b: &[Option<ParseValue>]) -> Ordering {
        for ((_, descending), (a, b)) in self.keys.iter().zip(a.iter().zip(b)) {
            let order = compare_maybe(a.as_ref(), b.as_ref());
            let order = if *descending { order.reverse() } else { order };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}
