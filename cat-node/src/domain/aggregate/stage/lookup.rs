//! `$lookup` in its simple form: documents of another class with an equal field.

use std::collections::HashMap;

use super::Outside;
use crate::domain::aggregate::order::key;
use crate::domain::aggregate::{Document, path, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

#[derive(Debug)]
pub struct Lookup {
    from: String,
    local: Vec<String>,
    foreign: Vec<String>,
    into: Vec<String>,
}

impl Lookup {
    pub fn read(fields: &Fields) -> Result<Self, ParseError> {
        if let Some(other) = ["pipeline", "let"]
            .iter()
            .find(|name| fields.contains_key(**name))
        {
            return Err(refused(format!(
                "$lookup with '{other}' is not supported on this database"
            )));
        }
        let text = |name: &str| {
            let text = fields.get(name).and_then(ParseValue::as_str);
            text.ok_or_else(|| refused(format!("$lookup argument '{name}' must be a string")))
        };
        Ok(Self {
            from: text("from")?.to_owned(),
            local: path::segments(text("localField")?)?,
            foreign: path::segments(text("foreignField")?)?,
            into: path::segments(text("as")?)?,
        })
    }

    pub fn run(
        &self,
        mut documents: Vec<Document>,
        outside: &Outside<'_>,
    ) -> Result<Vec<Document>, ParseError> {
        let foreign = outside.collections.documents(&self.from)?;
        outside.meter.check_count(foreign.len())?;
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, document) in foreign.iter().enumerate() {
            outside.meter.spend(1)?;
            for key in keys(path::get_in(document, &self.foreign)) {
                let positions = by_key.entry(key).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        for document in &mut documents {
            let keys = keys(path::get_in(document, &self.local));
            let mut positions: Vec<usize> = keys
                .iter()
                .filter_map(|key| by_key.get(key))
                .flatten()
                .copied()
                .collect();
            positions.sort_unstable();
            positions.dedup();
            let found = positions.iter().map(|position| &foreign[*position]);
            outside
                .meter
                .spend(found.clone().map(|document| document.len()).sum())?;
            let found = found.map(|document| ParseValue::Object(document.clone()));
            path::set(document, &self.into, ParseValue::Array(found.collect()));
        }
        Ok(documents)
    }
}

/// What equals what: an array by each of its elements, nothing like `null`.
fn keys(value: Option<ParseValue>) -> Vec<String> {
    let values = match value {
        None => vec![ParseValue::Null],
        Some(ParseValue::Array(items)) => items,
        Some(single) => vec![single],
    };
    let keys = values.iter().map(|value| {
        let mut text = String::new();
        key(value, &mut text);
        text
    });
    keys.collect()
}
