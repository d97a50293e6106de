//! `$project`, `$addFields` and `$replaceRoot`: which fields documents have from here on.

use crate::domain::aggregate::expression::convert::kind_name;
use crate::domain::aggregate::expression::{Expression, Scope};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::{Document, path, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

const ID: &str = "_id";

#[derive(Debug)]
enum Entry {
    Keep,
    Drop,
    Compute(Expression),
}

#[derive(Debug)]
pub struct Projection {
    entries: Vec<(Vec<String>, Entry)>,
    /// Whether everything stays that is not dropped.
    is_exclusion: bool,
}

impl Projection {
    pub fn read(fields: &Fields) -> Result<Self, ParseError> {
        if fields.is_empty() {
            return Err(refused(
                "Invalid $project :: caused by :: projection specification must have at least one field",
            ));
        }
        let mut entries = Vec::new();
        read_entries(&[], fields, &mut entries)?;
        let is_id = |path: &[String]| path.len() == 1 && path[0] == ID;
        let mut others = entries.iter().filter(|(path, _)| !is_id(path));
        let is_exclusion = match others.clone().next() {
            Some((_, first)) => matches!(first, Entry::Drop),
            None => entries
                .iter()
                .all(|(_, entry)| matches!(entry, Entry::Drop)),
        };
        if let Some((path, _)) =
            others.find(|(_, entry)| matches!(entry, Entry::Drop) != is_exclusion)
        {
            let path = path.join(".");
            let text = match is_exclusion {
                true => format!("Cannot do inclusion on field {path} in exclusion projection"),
                false => format!("Cannot do exclusion on field {path} in inclusion projection"),
            };
            return Err(refused(format!("Invalid $project :: caused by :: {text}")));
        }
        Ok(Self {
            entries,
            is_exclusion,
        })
    }

    pub fn run(&self, documents: &[Document], meter: &Meter) -> Result<Vec<Document>, ParseError> {
        documents
            .iter()
            .map(|document| self.project(document, meter))
            .collect()
    }

    fn project(&self, document: &Document, meter: &Meter) -> Result<Document, ParseError> {
        if self.is_exclusion {
            meter.spend(document.len())?;
            let mut left = document.clone();
            for (path, entry) in &self.entries {
                if let Entry::Drop = entry {
                    path::remove(&mut left, path);
                }
            }
            return Ok(left);
        }
        let mut projected = Document::new();
        let names_id = |(path, _): &(Vec<String>, Entry)| path[0] == ID;
        if let (false, Some(id)) = (self.entries.iter().any(names_id), document.get(ID)) {
            projected.insert(ID.to_owned(), id.clone());
        }
        // Fields that are kept have their old places, computed ones come after them.
        for (name, value) in document {
            let below: Vec<&[String]> = self
                .entries
                .iter()
                .filter_map(|(path, entry)| match entry {
                    Entry::Keep if path[0] == *name => Some(&path[1..]),
                    _ => None,
                })
                .collect();
            if !below.is_empty()
                && let Some(kept) = keep(value, &below, meter)?
            {
                projected.insert(name.clone(), kept);
            }
        }
        for (path, entry) in &self.entries {
            if let Entry::Compute(expression) = entry
                && let Some(value) = expression.evaluate(&Scope::of(document), meter)?
            {
                path::set(&mut projected, path, value);
            }
        }
        Ok(projected)
    }
}

fn read_entries(
    prefix: &[String],
    fields: &Fields,
    entries: &mut Vec<(Vec<String>, Entry)>,
) -> Result<(), ParseError> {
    for (name, value) in fields {
        let mut path = prefix.to_vec();
        path.extend(path::segments(name)?);
        match value {
            ParseValue::Number(number) => {
                let entry = if *number == 0.0 {
                    Entry::Drop
                } else {
                    Entry::Keep
                };
                entries.push((path, entry));
            }
            ParseValue::Bool(truth) => {
                let entry = if *truth { Entry::Keep } else { Entry::Drop };
                entries.push((path, entry));
            }
            ParseValue::Object(inner)
                if inner.keys().next().is_some_and(|key| !key.starts_with('$')) =>
            {
                read_entries(&path, inner, entries)?;
            }
            other => {
                let expression = Expression::read(other).map_err(named)?;
                entries.push((path, Entry::Compute(expression)));
            }
        }
    }
    Ok(())
}

/// MongoDB says where an expression is wrong.
fn named(error: ParseError) -> ParseError {
    let unknown = error.message.strip_prefix("Unrecognized expression '");
    match unknown.and_then(|rest| rest.strip_suffix('\'')) {
        Some(name) => refused(format!(
            "Invalid $project :: caused by :: Unknown expression {name}"
        )),
        None => error,
    }
}

/// What lies at these paths of a value; the empty path is all of it.
fn keep(
    value: &ParseValue,
    paths: &[&[String]],
    meter: &Meter,
) -> Result<Option<ParseValue>, ParseError> {
    meter.spend(1)?;
    if paths.iter().any(|path| path.is_empty()) {
        return Ok(Some(value.clone()));
    }
    match value {
        ParseValue::Object(fields) => {
            let mut kept = Fields::new();
            for (name, value) in fields {
                let below: Vec<&[String]> = paths
                    .iter()
                    .filter(|path| path[0] == *name)
                    .map(|path| &path[1..])
                    .collect();
                if !below.is_empty()
                    && let Some(value) = keep(value, &below, meter)?
                {
                    kept.insert(name.clone(), value);
                }
            }
            Ok(Some(ParseValue::Object(kept)))
        }
        ParseValue::Array(items) => {
            let mut kept = Vec::new();
            for item in items {
                kept.extend(keep(item, paths, meter)?);
            }
            Ok(Some(ParseValue::Array(kept)))
        }
        _ => Ok(None),
    }
}

/// `$addFields`: each sees the document as it was.
pub fn add(
    document: &mut Document,
    fields: &[(Vec<String>, Expression)],
    meter: &Meter,
) -> Result<(), ParseError> {
    let mut values = Vec::with_capacity(fields.len());
    for (path, expression) in fields {
        values.push((path, expression.evaluate(&Scope::of(document), meter)?));
    }
    for (path, value) in values {
        match value {
            Some(value) => path::set(document, path, value),
            None => path::remove(document, path),
        }
    }
    Ok(())
}

/// `$replaceRoot`: every document becomes what the expression gives.
pub fn replace(
    root: &Expression,
    documents: &[Document],
    meter: &Meter,
) -> Result<Vec<Document>, ParseError> {
    let replaced = documents.iter().map(|document| {
        match root.evaluate(&Scope::of(document), meter)? {
            Some(ParseValue::Object(fields)) => Ok(fields),
            other => Err(refused(format!(
                "'newRoot' expression must evaluate to an object, but resulting value was of type: {}",
                kind_name(other.as_ref())
            ))),
        }
    });
    replaced.collect()
}
