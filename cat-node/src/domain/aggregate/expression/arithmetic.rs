//! Numbers, and dates that numbers are added to.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Evaluated, Maybe, is_nothing};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::order::compare;
use crate::domain::aggregate::refused;
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

const NULL: Evaluated = Ok(Some(ParseValue::Null));

/// The number of an argument; `null` makes the whole result `null`.
fn number(name: &str, value: &Maybe) -> Result<Option<f64>, ParseError> {
    match value {
        Some(ParseValue::Number(number)) => Ok(Some(*number)),
        nothing if is_nothing(nothing) => Ok(None),
        _ => Err(refused(format!("{name} only supports numeric types"))),
    }
}

/// `number` for each argument; `None` when one of them is `null`.
pub fn numbers(name: &str, arguments: &[Maybe]) -> Result<Option<Vec<f64>>, ParseError> {
    arguments
        .iter()
        .map(|argument| number(name, argument))
        .collect()
}

pub fn of_one(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(number) = number(name, &arguments[0])? else {
        return NULL;
    };
    Ok(Some(ParseValue::Number(match name {
        "$abs" => number.abs(),
        "$ceil" => number.ceil(),
        "$floor" => number.floor(),
        "$exp" => number.exp(),
        "$sqrt" if number < 0.0 => {
            return Err(refused(
                "$sqrt's argument must be greater than or equal to 0",
            ));
        }
        "$sqrt" => number.sqrt(),
        _ if number <= 0.0 => {
            return Err(refused(format!(
                "{name}'s argument must be a positive number"
            )));
        }
        "$ln" => number.ln(),
        _ => number.log10(),
    })))
}

pub fn of_two(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(numbers) = numbers(name, arguments)? else {
        return NULL;
    };
    let (a, b) = (numbers[0], numbers[1]);
    Ok(Some(ParseValue::Number(match name {
        "$divide" if b == 0.0 => return Err(refused("can't $divide by zero")),
        "$divide" => a / b,
        "$mod" if b == 0.0 => return Err(refused("can't $mod by zero")),
        "$mod" => a % b,
        "$pow" => a.powf(b),
        _ => a.log(b),
    })))
}

pub fn add(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let mut date: Option<DateTime<Utc>> = None;
    let mut sum = 0.0;
    for argument in arguments {
        match argument {
            Some(ParseValue::Date(_)) if date.is_some() => {
                return Err(refused("only one date allowed in an $add expression"));
            }
            Some(ParseValue::Date(given)) => date = Some(*given),
            Some(ParseValue::Number(number)) => sum += number,
            nothing if is_nothing(nothing) => return NULL,
            _ => {
                return Err(refused(format!(
                    "{name} only supports numeric or date types"
                )));
            }
        }
    }
    match date {
        Some(date) => shifted(date, sum).map(Some),
        None => Ok(Some(ParseValue::Number(sum))),
    }
}

#[allow(clippy::cast_possible_truncation)] // saturates; what is out of range is refused
fn shifted(date: DateTime<Utc>, milliseconds: f64) -> Result<ParseValue, ParseError> {
    let by = TimeDelta::try_milliseconds(milliseconds.round() as i64);
    let shifted = by.and_then(|by| date.checked_add_signed(by));
    shifted
        .map(ParseValue::Date)
        .ok_or_else(|| refused("date overflow"))
}

pub fn multiply(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    match numbers(name, arguments)? {
        Some(numbers) => Ok(Some(ParseValue::Number(numbers.iter().product()))),
        None => NULL,
    }
}

pub fn subtract(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    match (&arguments[0], &arguments[1]) {
        (Some(ParseValue::Date(a)), Some(ParseValue::Date(b))) => {
            #[allow(clippy::cast_precision_loss)] // dates are within the range of a double
            let milliseconds = (*a - *b).num_milliseconds() as f64;
            Ok(Some(ParseValue::Number(milliseconds)))
        }
        (Some(ParseValue::Date(date)), Some(ParseValue::Number(number))) => {
            shifted(*date, -number).map(Some)
        }
        _ => match numbers(name, arguments)? {
            Some(numbers) => Ok(Some(ParseValue::Number(numbers[0] - numbers[1]))),
            None => NULL,
        },
    }
}

/// To so many places; a half goes to the even neighbour.
pub fn round(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(numbers) = numbers(name, arguments)? else {
        return NULL;
    };
    let places = numbers.get(1).copied().unwrap_or_default();
    if !(-20.0..=100.0).contains(&places) {
        return Err(refused(format!(
            "cannot apply {name} with precision value {places}"
        )));
    }
    let scale = 10_f64.powf(places);
    let scaled = numbers[0] * scale;
    if !scaled.is_finite() {
        return Ok(Some(ParseValue::Number(numbers[0])));
    }
    let rounded = if name == "$trunc" {
        scaled.trunc()
    } else {
        scaled.round_ties_even()
    };
    Ok(Some(ParseValue::Number(rounded / scale)))
}

/// One argument that is an array stands for its elements.
fn values(arguments: &[Maybe]) -> Vec<&ParseValue> {
    match arguments {
        [Some(ParseValue::Array(items))] => items.iter().collect(),
        many => many.iter().flatten().collect(),
    }
}

/// `$sum` and `$avg` of what is a number.
pub fn total(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let numbers: Vec<f64> = values(arguments)
        .into_iter()
        .filter_map(ParseValue::as_number)
        .collect();
    let sum: f64 = numbers.iter().sum();
    if name == "$sum" {
        return Ok(Some(ParseValue::Number(sum)));
    }
    if numbers.is_empty() {
        return NULL;
    }
    #[allow(clippy::cast_precision_loss)] // arrays are far shorter
    let count = numbers.len() as f64;
    Ok(Some(ParseValue::Number(sum / count)))
}

/// `$min` and `$max` of what is something.
pub fn extreme(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let values = values(arguments);
    let values = values
        .into_iter()
        .filter(|value| **value != ParseValue::Null);
    let found = if name == "$max" {
        values.max_by(|a, b| compare(a, b))
    } else {
        values.min_by(|a, b| compare(a, b))
    };
    Ok(Some(found.cloned().unwrap_or(ParseValue::Null)))
}
