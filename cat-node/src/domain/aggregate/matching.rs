//! `$match`: MongoDB's query language over stored documents, as far as pipelines of apps use it.

use regex::Regex;

use super::expression::{Expression, Scope};
use super::meter::Meter;
use super::order::{compare, equal, same_kind};
use super::{Document, path, refused};
use crate::domain::error::ParseError;
use crate::domain::query::Pattern;
use crate::domain::value::{Fields, ParseValue};

/// What a document must satisfy.
#[derive(Debug)]
pub enum Matcher {
    All(Vec<Matcher>),
    Any(Vec<Matcher>),
    None(Vec<Matcher>),
    Expression(Expression),
    Field { path: Vec<String>, test: Test },
}

/// A test of what is at a path. In an array, one element that passes is enough unless said otherwise.
#[derive(Debug)]
pub enum Test {
    Equal(ParseValue),
    Less(ParseValue),
    LessOrEqual(ParseValue),
    Greater(ParseValue),
    GreaterOrEqual(ParseValue),
    In(Vec<ParseValue>),
    Exists(bool),
    Matches(Regex),
    All(Vec<ParseValue>),
    ElementMatches(Box<Matcher>),
    ElementPasses(Vec<Test>),
    Size(f64),
    Modulo(f64, f64),
    Kind(Vec<String>),
    Not(Vec<Test>),
}

impl Matcher {
    pub fn read(query: &ParseValue) -> Result<Self, ParseError> {
        let ParseValue::Object(query) = query else {
            return Err(refused(
                "the match filter must be an expression in an object",
            ));
        };
        let mut all = Vec::with_capacity(query.len());
        for (key, value) in query {
            all.push(match key.as_str() {
                "$and" => Self::All(Self::list(key, value)?),
                "$or" => Self::Any(Self::list(key, value)?),
                "$nor" => Self::None(Self::list(key, value)?),
                "$expr" => Self::Expression(Expression::read(value)?),
                "$comment" => continue,
                operator if operator.starts_with('$') => {
                    return Err(refused(format!("unknown top level operator: {operator}")));
                }
                _ => Self::field(&path::segments(key)?, value)?,
            });
        }
        Ok(Self::All(all))
    }

    fn list(key: &str, value: &ParseValue) -> Result<Vec<Self>, ParseError> {
        match value {
            ParseValue::Array(parts) if !parts.is_empty() => parts.iter().map(Self::read).collect(),
            _ => Err(refused(format!("{key} must be a nonempty array"))),
        }
    }

    fn field(path: &[String], value: &ParseValue) -> Result<Self, ParseError> {
        let tests = match operators(value) {
            Some(operators) => Test::all_of(operators)?,
            None => vec![Test::Equal(value.clone())],
        };
        let tests = tests.into_iter().map(|test| Self::Field {
            path: path.to_vec(),
            test,
        });
        Ok(Self::All(tests.collect()))
    }

    pub fn matches(&self, document: &Document, meter: &Meter) -> Result<bool, ParseError> {
        meter.spend(1)?;
        match self {
            Self::All(parts) => {
                for part in parts {
                    if !part.matches(document, meter)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(parts) => Self::any(parts, document, meter),
            Self::None(parts) => Ok(!Self::any(parts, document, meter)?),
            Self::Expression(expression) => {
                let value = expression.evaluate(&Scope::of(document), meter)?;
                Ok(super::expression::is_true(value.as_ref()))
            }
            Self::Field { path, test } => test.passes_at(document, path, meter),
        }
    }

    fn any(parts: &[Self], document: &Document, meter: &Meter) -> Result<bool, ParseError> {
        for part in parts {
            if part.matches(document, meter)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The operators of a condition; an object without `$` is a value.
fn operators(value: &ParseValue) -> Option<&Fields> {
    match value {
        ParseValue::Object(fields) => {
            let first = fields.keys().next();
            first
                .is_some_and(|key| key.starts_with('$'))
                .then_some(fields)
        }
        _ => None,
    }
}

impl Test {
    fn all_of(operators: &Fields) -> Result<Vec<Self>, ParseError> {
        let mut tests = Vec::with_capacity(operators.len());
        for (operator, value) in operators {
            if operator != "$options" {
                tests.push(Self::read(operator, value, operators)?);
            }
        }
        Ok(tests)
    }

    fn read(operator: &str, value: &ParseValue, beside: &Fields) -> Result<Self, ParseError> {
        Ok(match operator {
            "$eq" => Self::Equal(value.clone()),
            "$ne" => Self::Not(vec![Self::Equal(value.clone())]),
            "$lt" => Self::Less(value.clone()),
            "$lte" => Self::LessOrEqual(value.clone()),
            "$gt" => Self::Greater(value.clone()),
            "$gte" => Self::GreaterOrEqual(value.clone()),
            "$in" => Self::In(list(operator, value)?.to_vec()),
            "$nin" => Self::Not(vec![Self::In(list(operator, value)?.to_vec())]),
            "$exists" => Self::Exists(super::expression::is_true(Some(value))),
            "$regex" => Self::Matches(regex(value, beside.get("$options"))?),
            "$all" => Self::All(list(operator, value)?.to_vec()),
            "$elemMatch" => match operators(value) {
                Some(operators) => Self::ElementPasses(Self::all_of(operators)?),
                None => Self::ElementMatches(Box::new(Matcher::read(value)?)),
            },
            "$size" => Self::Size(number(operator, value)?),
            "$mod" => match list(operator, value)? {
                [ParseValue::Number(divisor), ParseValue::Number(rest)] if *divisor != 0.0 => {
                    Self::Modulo(divisor.trunc(), rest.trunc())
                }
                _ => {
                    return Err(refused(
                        "malformed mod, needs to be an array of two numbers",
                    ));
                }
            },
            "$type" => Self::Kind(kinds(value)?),
            "$not" => match operators(value) {
                Some(operators) => Self::Not(Self::all_of(operators)?),
                None => return Err(refused("$not needs a regex or a document")),
            },
            unknown => return Err(refused(format!("unknown operator: {unknown}"))),
        })
    }

    fn passes_at(
        &self,
        document: &Document,
        path: &[String],
        meter: &Meter,
    ) -> Result<bool, ParseError> {
        if let Self::Not(tests) = self {
            for test in tests {
                if !test.passes_at(document, path, meter)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let mut found = Vec::new();
        if let Some((first, rest)) = path.split_first()
            && let Some(value) = document.get(first)
        {
            reach(value, rest, &mut found);
        }
        meter.spend(found.len())?;
        match self {
            Self::Exists(wanted) => Ok(*wanted != found.is_empty()),
            _ if found.is_empty() => Ok(self.passes_absent()),
            _ => {
                for value in found {
                    if self.passes(value, meter)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Whether a missing value passes: it equals `null`.
    fn passes_absent(&self) -> bool {
        match self {
            Self::Equal(value) | Self::LessOrEqual(value) | Self::GreaterOrEqual(value) => {
                *value == ParseValue::Null
            }
            Self::In(values) => values.contains(&ParseValue::Null),
            Self::All(values) => {
                !values.is_empty() && values.iter().all(|value| *value == ParseValue::Null)
            }
            _ => false,
        }
    }

    fn passes(&self, value: &ParseValue, meter: &Meter) -> Result<bool, ParseError> {
        match (self, value) {
            (Self::Size(size), ParseValue::Array(items)) => {
                #[allow(clippy::cast_precision_loss)] // arrays are far shorter
                let length = items.len() as f64;
                return Ok(length.to_bits() == size.to_bits());
            }
            (Self::Size(_), _) => return Ok(false),
            (Self::ElementMatches(matcher), ParseValue::Array(items)) => {
                for item in items {
                    if let ParseValue::Object(item) = item
                        && matcher.matches(item, meter)?
                    {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            (Self::ElementPasses(tests), ParseValue::Array(items)) => {
                return Ok(items
                    .iter()
                    .any(|item| tests.iter().all(|test| test.passes_alone(item))));
            }
            (Self::All(wanted), _) => {
                let has = |wanted: &ParseValue| match value {
                    ParseValue::Array(items) => {
                        equal(value, wanted) || items.iter().any(|item| equal(item, wanted))
                    }
                    single => equal(single, wanted),
                };
                return Ok(!wanted.is_empty() && wanted.iter().all(has));
            }
            _ => {}
        }
        let in_elements = match value {
            ParseValue::Array(items) => {
                meter.spend(items.len())?;
                items.iter().any(|item| self.passes_alone(item))
            }
            _ => false,
        };
        Ok(in_elements || self.passes_alone(value))
    }

    /// Without looking into an array.
    fn passes_alone(&self, value: &ParseValue) -> bool {
        let ordered = |bound: &ParseValue| same_kind(value, bound).then(|| compare(value, bound));
        match self {
            Self::Equal(other) => equal(value, other),
            Self::Less(bound) => ordered(bound).is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual(bound) => ordered(bound).is_some_and(std::cmp::Ordering::is_le),
            Self::Greater(bound) => ordered(bound).is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual(bound) => ordered(bound).is_some_and(std::cmp::Ordering::is_ge),
            Self::In(values) => values.iter().any(|other| equal(value, other)),
            Self::Matches(pattern) => Self::text_matches(pattern, value),
            Self::Modulo(divisor, rest) => value
                .as_number()
                .is_some_and(|number| (number.trunc() % divisor - rest).abs() < 0.5),
            Self::Kind(kinds) => kinds.iter().any(|kind| is_kind(value, kind)),
            Self::Exists(wanted) => *wanted,
            Self::Not(tests) => !tests.iter().all(|test| test.passes_alone(value)),
            Self::All(_) | Self::ElementMatches(_) | Self::ElementPasses(_) | Self::Size(_) => {
                false
            }
        }
    }

    fn text_matches(pattern: &Regex, value: &ParseValue) -> bool {
        value.as_str().is_some_and(|text| pattern.is_match(text))
    }
}

/// Every value that a query's path leads to: positions in arrays, and fields of their elements.
fn reach<'a>(value: &'a ParseValue, path: &[String], found: &mut Vec<&'a ParseValue>) {
    let Some((first, rest)) = path.split_first() else {
        found.push(value);
        return;
    };
    match value {
        ParseValue::Object(fields) => {
            if let Some(inner) = fields.get(first) {
                reach(inner, rest, found);
            }
        }
        ParseValue::Array(items) => {
            let position = first.parse::<usize>().ok();
            if let Some(item) = position.and_then(|position| items.get(position)) {
                reach(item, rest, found);
            }
            for item in items {
                if let ParseValue::Object(_) = item {
                    reach(item, path, found);
                }
            }
        }
        _ => {}
    }
}

fn list<'a>(operator: &str, value: &'a ParseValue) -> Result<&'a [ParseValue], ParseError> {
    match value {
        ParseValue::Array(items) => Ok(items),
        _ => Err(refused(format!("{operator} needs an array"))),
    }
}

fn number(operator: &str, value: &ParseValue) -> Result<f64, ParseError> {
    let number = value.as_number();
    number.ok_or_else(|| refused(format!("{operator} must be a whole number")))
}

fn kinds(value: &ParseValue) -> Result<Vec<String>, ParseError> {
    let kinds: Option<Vec<String>> = match value {
        ParseValue::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        ParseValue::String(kind) => Some(vec![kind.clone()]),
        _ => None,
    };
    kinds.ok_or_else(|| refused("type must be represented as a string"))
}

fn is_kind(value: &ParseValue, kind: &str) -> bool {
    let own = super::expression::convert::kind_name(Some(value));
    own == kind || (kind == "number" && matches!(value, ParseValue::Number(_)))
}

pub(super) fn regex(
    pattern: &ParseValue,
    options: Option<&ParseValue>,
) -> Result<Regex, ParseError> {
    let source = pattern
        .as_str()
        .ok_or_else(|| refused("$regex has to be a string"))?;
    let options = options.and_then(ParseValue::as_str).unwrap_or_default();
    let pattern = Pattern {
        source: source.to_owned(),
        options: options.to_owned(),
    };
    pattern.compile()
}
