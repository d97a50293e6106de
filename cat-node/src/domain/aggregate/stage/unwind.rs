//! `$unwind`: a document for each element of an array.

use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::{Document, path, refused};
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

#[derive(Debug)]
pub struct Unwind {
    path: Vec<String>,
    index: Option<Vec<String>>,
    keeps_empty: bool,
}

impl Unwind {
    pub fn read(argument: &ParseValue) -> Result<Self, ParseError> {
        let (given, index, keeps_empty) = match argument {
            ParseValue::Object(fields) => (
                fields.get("path").and_then(ParseValue::as_str),
                fields.get("includeArrayIndex").and_then(ParseValue::as_str),
                fields.get("preserveNullAndEmptyArrays") == Some(&ParseValue::Bool(true)),
            ),
            other => (other.as_str(), None, false),
        };
        let given = given.ok_or_else(|| refused("no path specified to $unwind stage"))?;
        let given = given.strip_prefix('$').ok_or_else(|| {
            refused(format!(
                "path option to $unwind stage should be prefixed with a '$': {given}"
            ))
        })?;
        Ok(Self {
            path: path::segments(given)?,
            index: index.map(path::segments).transpose()?,
            keeps_empty,
        })
    }

    pub fn run(
        &self,
        documents: Vec<Document>,
        meter: &Meter,
    ) -> Result<Vec<Document>, ParseError> {
        let mut unwound = Vec::new();
        for document in documents {
            let items = match path::find(&document, &self.path) {
                Some(ParseValue::Array(items)) if !items.is_empty() => items.clone(),
                Some(ParseValue::Array(_)) | None | Some(ParseValue::Null) => {
                    self.keep_empty(document, &mut unwound);
                    continue;
                }
                Some(_) => {
                    let mut document = document;
                    self.set_index(&mut document, ParseValue::Null);
                    unwound.push(document);
                    continue;
                }
            };
            meter.spend(items.len() * document.len())?;
            meter.check_count(unwound.len() + items.len())?;
            for (index, item) in items.into_iter().enumerate() {
                let mut one = document.clone();
                path::set(&mut one, &self.path, item);
                #[allow(clippy::cast_precision_loss)] // arrays are far shorter
                self.set_index(&mut one, ParseValue::Number(index as f64));
                unwound.push(one);
            }
        }
        Ok(unwound)
    }

    fn keep_empty(&self, mut document: Document, unwound: &mut Vec<Document>) {
        if !self.keeps_empty {
            return;
        }
        if let Some(ParseValue::Array(_)) = path::find(&document, &self.path) {
            path::remove(&mut document, &self.path);
        }
        self.set_index(&mut document, ParseValue::Null);
        unwound.push(document);
    }

    fn set_index(&self, document: &mut Document, index: ParseValue) {
        if let Some(path) = &self.index {
            path::set(document, path, index);
        }
    }
}
