//! Arrays.

use super::{Evaluated, Maybe, is_nothing};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::order::equal;
use crate::domain::aggregate::refused;
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

const NULL: Evaluated = Ok(Some(ParseValue::Null));

/// The elements; `None` for `null`.
pub fn items<'a>(name: &str, value: &'a Maybe) -> Result<Option<&'a [ParseValue]>, ParseError> {
    match value {
        Some(ParseValue::Array(items)) => Ok(Some(items)),
        nothing if is_nothing(nothing) => Ok(None),
        other => {
            let kind = super::convert::kind_name(other.as_ref());
            Err(refused(format!(
                "{name}'s argument must be an array, but is {kind}"
            )))
        }
    }
}

fn whole(name: &str, value: &Maybe) -> Result<i64, ParseError> {
    match value {
        #[allow(clippy::cast_possible_truncation)] // saturates
        Some(ParseValue::Number(number)) if number.fract() == 0.0 => Ok(*number as i64),
        _ => Err(refused(format!("{name}'s positions must be whole numbers"))),
    }
}

#[allow(clippy::cast_precision_loss)] // arrays are far shorter
fn count(length: usize) -> Maybe {
    Some(ParseValue::Number(length as f64))
}

pub fn size(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    match &arguments[0] {
        Some(ParseValue::Array(items)) => Ok(count(items.len())),
        other => {
            let kind = super::convert::kind_name(other.as_ref());
            Err(refused(format!(
                "The argument to {name} must be an array, but was of type: {kind}"
            )))
        }
    }
}

pub fn is_array(_: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    Ok(Some(
        matches!(arguments[0], Some(ParseValue::Array(_))).into(),
    ))
}

/// Counted from the end when negative.
fn at(items: &[ParseValue], position: i64) -> Maybe {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let position = if position < 0 {
        length.checked_add(position)?
    } else {
        position
    };
    items.get(usize::try_from(position).ok()?).cloned()
}

pub fn element(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(items) = items(name, &arguments[0])? else {
        return NULL;
    };
    if is_nothing(&arguments[1]) {
        return NULL;
    }
    Ok(at(items, whole(name, &arguments[1])?))
}

/// `$first` and `$last`.
pub fn end(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    match items(name, &arguments[0])? {
        Some(items) => Ok(at(items, if name == "$first" { 0 } else { -1 })),
        None => NULL,
    }
}

pub fn concat(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let mut all = Vec::new();
    for argument in arguments {
        let Some(items) = items(name, argument)? else {
            return NULL;
        };
        meter.spend(items.len())?;
        all.extend_from_slice(items);
    }
    Ok(Some(ParseValue::Array(all)))
}

pub fn contains(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let items = items(name, &arguments[1])?;
    let items =
        items.ok_or_else(|| refused("$in requires an array as a second argument, found: null"))?;
    meter.spend(items.len())?;
    let wanted = arguments[0].as_ref();
    let is_there = wanted.is_some_and(|wanted| items.iter().any(|item| equal(item, wanted)));
    Ok(Some(is_there.into()))
}

pub fn index_of(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(items) = items(name, &arguments[0])? else {
        return NULL;
    };
    meter.spend(items.len())?;
    let bound = |index: usize, otherwise: usize| match arguments.get(index) {
        Some(value) => Ok(usize::try_from(whole(name, value)?).unwrap_or(otherwise)),
        None => Ok::<_, ParseError>(otherwise),
    };
    let (start, end) = (bound(2, 0)?, bound(3, items.len())?.min(items.len()));
    let wanted = arguments[1].clone().unwrap_or(ParseValue::Null);
    let found = items
        .get(start..end)
        .and_then(|part| part.iter().position(|item| equal(item, &wanted)));
    Ok(match found {
        Some(position) => count(start + position),
        None => Some(ParseValue::Number(-1.0)),
    })
}

pub fn range(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let (start, end) = (whole(name, &arguments[0])?, whole(name, &arguments[1])?);
    let step = arguments.get(2).map_or(Ok(1), |step| whole(name, step))?;
    if step == 0 {
        return Err(refused("$range requires a non-zero step value"));
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while (step > 0 && number < end) || (step < 0 && number > end) {
        meter.spend(1)?;
        meter.check_count(numbers.len())?;
        #[allow(clippy::cast_precision_loss)] // what was asked for is a double
        numbers.push(ParseValue::Number(number as f64));
        number = number.saturating_add(step);
    }
    Ok(Some(ParseValue::Array(numbers)))
}

pub fn reverse(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(items) = items(name, &arguments[0])? else {
        return NULL;
    };
    meter.spend(items.len())?;
    Ok(Some(ParseValue::Array(
        items.iter().rev().cloned().collect(),
    )))
}

/// `[array, n]` or `[array, position, n]`; a negative n alone counts from the end.
pub fn slice(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(items) = items(name, &arguments[0])? else {
        return NULL;
    };
    meter.spend(items.len())?;
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let first = whole(name, &arguments[1])?;
    let from_end = |position: i64| {
        if position < 0 {
            (length + position).max(0)
        } else {
            position.min(length)
        }
    };
    let (start, taken) = match arguments.get(2) {
        Some(taken) => (from_end(first), whole(name, taken)?),
        None if first < 0 => (from_end(first), length),
        None => (0, first),
    };
    if taken < 0 || (taken == 0 && arguments.len() == 3) {
        return Err(refused("Third argument to $slice must be positive"));
    }
    let whole = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let part = items.iter().skip(whole(start)).take(whole(taken));
    Ok(Some(ParseValue::Array(part.cloned().collect())))
}
