//! The stages of a pipeline, checked. What is not here is refused by its name.

use super::document::Collections;
use super::expression::Expression;
use super::matching::Matcher;
use super::meter::Meter;
use super::{Document, RawStage, path, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

pub mod bucket;
pub mod group;
pub mod lookup;
pub mod project;
pub mod sort;
pub mod unwind;

use bucket::Bucket;
use group::Group;
use lookup::Lookup;
use project::Projection;
use sort::Sort;
use unwind::Unwind;

/// Pipelines within pipelines, at most.
const MAX_NESTING: usize = 4;

#[derive(Debug)]
pub enum Stage {
    Match(Matcher),
    Group(Group),
    Project(Projection),
    /// `$addFields` and `$set`.
    AddFields(Vec<(Vec<String>, Expression)>),
    Unset(Vec<Vec<String>>),
    Sort(Sort),
    Limit(usize),
    Skip(usize),
    Count(String),
    Unwind(Unwind),
    Sample(usize),
    Lookup(Lookup),
    Facet(Vec<(String, Vec<Stage>)>),
    Bucket(Bucket),
    /// `$replaceRoot` and `$replaceWith`.
    Replace(Expression),
}

/// What running stages needs from outside of the documents.
pub struct Outside<'a> {
    pub collections: &'a dyn Collections,
    pub meter: &'a Meter,
    /// A number below this one, for `$sample`.
    pub random_below: &'a dyn Fn(usize) -> usize,
}

impl std::fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside")
            .field("meter", self.meter)
            .finish_non_exhaustive()
    }
}

impl Stage {
    /// Reads a pipeline.
    pub fn read_all(stages: &[RawStage]) -> Result<Vec<Self>, ParseError> {
        let mut read = Vec::with_capacity(stages.len());
        for stage in stages {
            Self::read(&stage.name, &stage.argument, 0, &mut read)?;
        }
        Ok(read)
    }

    fn read(
        name: &str,
        argument: &ParseValue,
        nesting: usize,
        into: &mut Vec<Self>,
    ) -> Result<(), ParseError> {
        let stage = match name {
            "$match" => Self::Match(Matcher::read(argument)?),
            "$group" => Self::Group(Group::read(fields(name, argument)?)?),
            "$project" => Self::Project(Projection::read(fields(name, argument)?)?),
            "$addFields" | "$set" => Self::AddFields(added(fields(name, argument)?)?),
            "$unset" => Self::Unset(unset(argument)?),
            "$sort" => Self::Sort(Sort::read(fields(name, argument)?)?),
            "$limit" => Self::Limit(whole(name, argument, 1)?),
            "$skip" => Self::Skip(whole(name, argument, 0)?),
            "$count" => Self::Count(count_name(argument)?),
            "$unwind" => Self::Unwind(Unwind::read(argument)?),
            "$sample" => {
                let size = fields(name, argument)?.get("size").cloned();
                Self::Sample(whole(name, &size.unwrap_or(ParseValue::Null), 1)?)
            }
            "$sortByCount" => {
                let (group, sort) = by_count(argument)?;
                into.push(Self::Group(group));
                Self::Sort(sort)
            }
            "$lookup" => Self::Lookup(Lookup::read(fields(name, argument)?)?),
            "$facet" => Self::Facet(facets(fields(name, argument)?, nesting)?),
            "$bucket" => Self::Bucket(Bucket::read(fields(name, argument)?)?),
            "$replaceRoot" => {
                let root = fields(name, argument)?.get("newRoot");
                let root =
                    root.ok_or_else(|| refused("no newRoot specified for the $replaceRoot stage"))?;
                Self::Replace(Expression::read(root)?)
            }
            "$replaceWith" => Self::Replace(Expression::read(argument)?),
            unknown => {
                return Err(refused(format!(
                    "Unrecognized pipeline stage name: '{unknown}'"
                )));
            }
        };
        into.push(stage);
        Ok(())
    }

    pub fn run(
        &self,
        mut documents: Vec<Document>,
        outside: &Outside<'_>,
    ) -> Result<Vec<Document>, ParseError> {
        let meter = outside.meter;
        meter.spend(documents.len())?;
        Ok(match self {
            Self::Match(matcher) => {
                let mut kept = Vec::new();
                for document in documents {
                    if matcher.matches(&document, meter)? {
                        kept.push(document);
                    }
                }
                kept
            }
            Self::Group(group) => group.run(&documents, meter)?,
            Self::Project(projection) => projection.run(&documents, meter)?,
            Self::AddFields(fields) => {
                for document in &mut documents {
                    project::add(document, fields, meter)?;
                }
                documents
            }
            Self::Unset(paths) => {
                for document in &mut documents {
                    paths.iter().for_each(|path| path::remove(document, path));
                }
                documents
            }
            Self::Sort(sort) => sort.run(documents),
            Self::Limit(most) => {
                documents.truncate(*most);
                documents
            }
            Self::Skip(count) => documents.split_off((*count).min(documents.len())),
            Self::Count(name) => count(name, documents.len()),
            Self::Unwind(unwind) => unwind.run(documents, meter)?,
            Self::Sample(size) => sample(documents, *size, outside.random_below),
            Self::Lookup(lookup) => lookup.run(documents, outside)?,
            Self::Facet(facets) => vec![facet(facets, &documents, outside)?],
            Self::Bucket(bucket) => bucket.run(&documents, meter)?,
            Self::Replace(root) => project::replace(root, &documents, meter)?,
        })
    }
}

fn fields<'a>(name: &str, argument: &'a ParseValue) -> Result<&'a Fields, ParseError> {
    match argument {
        ParseValue::Object(fields) => Ok(fields),
        _ => Err(refused(format!(
            "the {name} stage specification must be an object"
        ))),
    }
}

fn whole(name: &str, argument: &ParseValue, least: usize) -> Result<usize, ParseError> {
    let number = argument.as_number().filter(|number| number.fract() == 0.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative; saturates
    let number = number
        .filter(|number| *number >= 0.0)
        .map(|number| number as usize);
    number.filter(|number| *number >= least).ok_or_else(|| {
        refused(format!(
            "invalid argument to {name} stage: it needs a number of at least {least}"
        ))
    })
}

fn added(fields: &Fields) -> Result<Vec<(Vec<String>, Expression)>, ParseError> {
    if fields.is_empty() {
        return Err(refused(
            "$addFields specification must have at least one field",
        ));
    }
    let added = fields
        .iter()
        .map(|(name, value)| Ok((path::segments(name)?, Expression::read(value)?)));
    added.collect()
}

fn unset(argument: &ParseValue) -> Result<Vec<Vec<String>>, ParseError> {
    let names = match argument {
        ParseValue::Array(names) => names.as_slice(),
        single => std::slice::from_ref(single),
    };
    let paths = names.iter().map(|name| match name.as_str() {
        Some(name) => path::segments(name),
        None => Err(refused("$unset specification must be a string or an array")),
    });
    paths.collect()
}

fn count_name(argument: &ParseValue) -> Result<String, ParseError> {
    match argument.as_str() {
        Some(name) if !name.is_empty() && !name.starts_with('$') && !name.contains('.') => {
            Ok(name.to_owned())
        }
        _ => Err(refused("the count field must be a non-empty string")),
    }
}

fn by_count(argument: &ParseValue) -> Result<(Group, Sort), ParseError> {
    let one = ParseValue::Object(Fields::from_iter([("$sum".to_owned(), 1.0.into())]));
    let group = Fields::from_iter([
        ("_id".to_owned(), argument.clone()),
        ("count".to_owned(), one),
    ]);
    let sort = Fields::from_iter([("count".to_owned(), (-1.0).into())]);
    Ok((Group::read(&group)?, Sort::read(&sort)?))
}

fn facets(fields: &Fields, nesting: usize) -> Result<Vec<(String, Vec<Stage>)>, ParseError> {
    if nesting >= MAX_NESTING {
        return Err(refused("$facet is nested too deeply"));
    }
    let mut facets = Vec::with_capacity(fields.len());
    for (name, pipeline) in fields {
        let ParseValue::Array(pipeline) = pipeline else {
            return Err(refused(format!(
                "arguments to $facet must be arrays, {name} is not"
            )));
        };
        let mut stages = Vec::with_capacity(pipeline.len());
        for stage in pipeline {
            let entry = match stage {
                ParseValue::Object(entries) if entries.len() == 1 => entries.iter().next(),
                _ => None,
            };
            let (stage, argument) = entry.ok_or_else(|| {
                refused("A pipeline stage specification object must contain exactly one field.")
            })?;
            Stage::read(stage, argument, nesting + 1, &mut stages)?;
        }
        facets.push((name.clone(), stages));
    }
    Ok(facets)
}

fn facet(
    facets: &[(String, Vec<Stage>)],
    documents: &[Document],
    outside: &Outside<'_>,
) -> Result<Document, ParseError> {
    let mut result = Document::with_capacity(facets.len());
    for (name, stages) in facets {
        outside.meter.spend(documents.len())?;
        let mut found = documents.to_vec();
        for stage in stages {
            found = stage.run(found, outside)?;
        }
        let found = found.into_iter().map(ParseValue::Object).collect();
        result.insert(name.clone(), ParseValue::Array(found));
    }
    Ok(result)
}

/// Nothing at all when there is nothing to count.
pub(super) fn count(name: &str, documents: usize) -> Vec<Document> {
    if documents == 0 {
        return Vec::new();
    }
    #[allow(clippy::cast_precision_loss)] // far smaller
    let count = ParseValue::Number(documents as f64);
    vec![Document::from_iter([(name.to_owned(), count)])]
}

fn sample(
    mut documents: Vec<Document>,
    size: usize,
    random_below: &dyn Fn(usize) -> usize,
) -> Vec<Document> {
    let wanted = size.min(documents.len());
    for position in 0..wanted {
        let other = position + random_below(documents.len() - position);
        documents.swap(position, other);
    }
    documents.truncate(wanted);
    documents
}
