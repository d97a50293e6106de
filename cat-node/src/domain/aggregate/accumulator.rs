//! What `$group` and `$bucket` gather over the documents of a group.

use std::collections::HashSet;

use super::expression::{Expression, Maybe, Scope};
use super::meter::Meter;
use super::order::{compare, key};
use super::{Document, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sum,
    Average,
    Least,
    Greatest,
    First,
    Last,
    Push,
    Set,
    Count,
    Merge,
    DeviationOfPopulation,
    DeviationOfSample,
}

/// An accumulator, as a stage defines it.
#[derive(Debug)]
pub struct Accumulator {
    pub field: String,
    kind: Kind,
    input: Expression,
}

impl Accumulator {
    pub fn read(field: &str, definition: &ParseValue) -> Result<Self, ParseError> {
        let ParseValue::Object(definition) = definition else {
            return Err(refused(format!(
                "The field '{field}' must be an accumulator object"
            )));
        };
        let mut entries = definition.iter();
        let (Some((name, argument)), None) = (entries.next(), entries.next()) else {
            return Err(refused(format!(
                "The field '{field}' must specify one accumulator"
            )));
        };
        if field.contains('.') {
            return Err(refused(format!(
                "The field name '{field}' cannot contain '.'"
            )));
        }
        let kind = match name.as_str() {
            "$sum" => Kind::Sum,
            "$avg" => Kind::Average,
            "$min" => Kind::Least,
            "$max" => Kind::Greatest,
            "$first" => Kind::First,
            "$last" => Kind::Last,
            "$push" => Kind::Push,
            "$addToSet" => Kind::Set,
            "$count" => Kind::Count,
            "$mergeObjects" => Kind::Merge,
            "$stdDevPop" => Kind::DeviationOfPopulation,
            "$stdDevSamp" => Kind::DeviationOfSample,
            unknown => return Err(refused(format!("unknown group operator '{unknown}'"))),
        };
        Ok(Self {
            field: field.to_owned(),
            kind,
            input: Expression::read(argument)?,
        })
    }

    /// Every accumulator of a stage, but for the fields that mean something else there.
    pub fn read_all(fields: &Fields, other: &[&str]) -> Result<Vec<Self>, ParseError> {
        let accumulators = fields
            .iter()
            .filter(|(name, _)| !other.contains(&name.as_str()));
        accumulators
            .map(|(name, definition)| Self::read(name, definition))
            .collect()
    }
}

/// What has been gathered so far.
#[derive(Debug, Default)]
pub struct Gathered {
    count: u64,
    sum: f64,
    squares: f64,
    mean: f64,
    value: Maybe,
    items: Vec<ParseValue>,
    seen: HashSet<String>,
    merged: Fields,
}

impl Gathered {
    pub fn take(
        &mut self,
        accumulator: &Accumulator,
        document: &Document,
        meter: &Meter,
    ) -> Result<(), ParseError> {
        let value = accumulator.input.evaluate(&Scope::of(document), meter)?;
        match accumulator.kind {
            Kind::Count => self.count += 1,
            Kind::Sum | Kind::Average | Kind::DeviationOfPopulation | Kind::DeviationOfSample => {
                if let Some(ParseValue::Number(number)) = value {
                    self.take_number(number);
                }
            }
            Kind::Least | Kind::Greatest => self.take_extreme(value, accumulator.kind),
            Kind::First if self.count == 0 => {
                self.count = 1;
                self.value = value;
            }
            Kind::First => {}
            Kind::Last => self.value = value,
            Kind::Push => self.items.extend(value),
            Kind::Set => {
                if let Some(value) = value {
                    let mut text = String::new();
                    key(&value, &mut text);
                    if self.seen.insert(text) {
                        self.items.push(value);
                    }
                }
            }
            Kind::Merge => match value {
                Some(ParseValue::Object(fields)) => self.merged.extend(fields),
                None | Some(ParseValue::Null) => {}
                Some(_) => return Err(refused("$mergeObjects requires object inputs")),
            },
        }
        meter.check_count(self.items.len())
    }

    /// Values that it keeps one by one.
    pub fn kept(&self) -> usize {
        self.items.len()
    }

    /// Welford's way, so that the deviation of large numbers keeps its places.
    #[allow(clippy::cast_precision_loss)] // counts are far smaller
    fn take_number(&mut self, number: f64) {
        self.count += 1;
        self.sum += number;
        let distance = number - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (number - self.mean);
    }

    fn take_extreme(&mut self, value: Maybe, kind: Kind) {
        let Some(value) = value.filter(|value| *value != ParseValue::Null) else {
            return;
        };
        let is_better = self.value.as_ref().is_none_or(|best| {
            let order = compare(&value, best);
            if kind == Kind::Greatest {
                order.is_gt()
            } else {
                order.is_lt()
            }
        });
        if is_better {
            self.value = Some(value);
        }
    }

    #[allow(clippy::cast_precision_loss)] // counts are far smaller
    pub fn finish(self, accumulator: &Accumulator) -> ParseValue {
        let count = self.count as f64;
        match accumulator.kind {
            Kind::Sum => ParseValue::Number(self.sum),
            Kind::Count => ParseValue::Number(count),
            Kind::Average if self.count > 0 => ParseValue::Number(self.sum / count),
            Kind::DeviationOfPopulation if self.count > 0 => {
                ParseValue::Number((self.squares / count).sqrt())
            }
            Kind::DeviationOfSample if self.count > 1 => {
                ParseValue::Number((self.squares / (count - 1.0)).sqrt())
            }
            Kind::Average | Kind::DeviationOfPopulation | Kind::DeviationOfSample => {
                ParseValue::Null
            }
            Kind::Least | Kind::Greatest | Kind::First | Kind::Last => {
                self.value.unwrap_or(ParseValue::Null)
            }
            Kind::Push | Kind::Set => ParseValue::Array(self.items),
            Kind::Merge => ParseValue::Object(self.merged),
        }
    }
}
