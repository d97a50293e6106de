//! Comparisons, and from one kind to another.

use chrono::DateTime;

use super::{Evaluated, Maybe, is_nothing, is_true};
use crate::domain::aggregate::columns::parse_date_loosely;
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::order::compare_maybe;
use crate::domain::aggregate::refused;
use crate::domain::value::ParseValue;
use crate::domain::value::json::{date_text, number_to_json};

pub fn comparison(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let order = compare_maybe(arguments[0].as_ref(), arguments[1].as_ref());
    let truth = match name {
        "$eq" => order.is_eq(),
        "$ne" => order.is_ne(),
        "$lt" => order.is_lt(),
        "$lte" => order.is_le(),
        "$gt" => order.is_gt(),
        "$gte" => order.is_ge(),
        _ => return Ok(Some(ParseValue::Number(f64::from(order as i8)))),
    };
    Ok(Some(truth.into()))
}

pub fn not(_: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    Ok(Some((!is_true(arguments[0].as_ref())).into()))
}

pub fn kind(_: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    Ok(Some(kind_name(arguments[0].as_ref()).into()))
}

/// The name of a value's kind, as `$type` says it.
pub fn kind_name(value: Option<&ParseValue>) -> &'static str {
    match value {
        None => "missing",
        Some(ParseValue::Null) => "null",
        Some(ParseValue::Bool(_)) => "bool",
        Some(ParseValue::Number(number)) => {
            let is_int = number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
            if is_int { "int" } else { "double" }
        }
        Some(ParseValue::String(_)) => "string",
        Some(ParseValue::Date(_)) => "date",
        Some(ParseValue::Bytes(_)) => "binData",
        Some(ParseValue::Array(_)) => "array",
        Some(_) => "object",
    }
}

pub fn is_number(_: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    Ok(Some(
        matches!(arguments[0], Some(ParseValue::Number(_))).into(),
    ))
}

pub fn to_bool(_: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    if is_nothing(&arguments[0]) {
        return Ok(Some(ParseValue::Null));
    }
    Ok(Some(is_true(arguments[0].as_ref()).into()))
}

pub fn to_text(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    Ok(Some(match &arguments[0] {
        None | Some(ParseValue::Null) => ParseValue::Null,
        Some(ParseValue::String(text)) => text.as_str().into(),
        Some(ParseValue::Bool(truth)) => truth.to_string().into(),
        Some(ParseValue::Number(number)) => number_to_json(*number).to_string().into(),
        Some(ParseValue::Date(date)) => date_text(*date).into(),
        other => return Err(unsupported(name, other)),
    }))
}

fn unsupported(name: &str, value: &Maybe) -> crate::domain::error::ParseError {
    let kind = kind_name(value.as_ref());
    refused(format!(
        "Unsupported conversion from {kind} in {name} with no onError value"
    ))
}

#[allow(clippy::cast_precision_loss)] // dates are within the range of a double
pub fn to_number(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let number = match &arguments[0] {
        None | Some(ParseValue::Null) => return Ok(Some(ParseValue::Null)),
        Some(ParseValue::Number(number)) => *number,
        Some(ParseValue::Bool(truth)) => f64::from(u8::from(*truth)),
        Some(ParseValue::Date(date)) if name != "$toInt" => date.timestamp_millis() as f64,
        Some(ParseValue::String(text)) => {
            let number = text
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite());
            number.ok_or_else(|| {
                refused(format!(
                    "Failed to parse number '{text}' in $convert with no onError value"
                ))
            })?
        }
        other => return Err(unsupported(name, other)),
    };
    let is_whole = matches!(name, "$toInt" | "$toLong");
    Ok(Some(ParseValue::Number(if is_whole {
        number.trunc()
    } else {
        number
    })))
}

#[allow(clippy::cast_possible_truncation)] // saturates; what is out of range is refused
pub fn to_date(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let date = match &arguments[0] {
        None | Some(ParseValue::Null) => return Ok(Some(ParseValue::Null)),
        Some(ParseValue::Date(date)) => Some(*date),
        Some(ParseValue::Number(milliseconds)) => {
            DateTime::from_timestamp_millis(*milliseconds as i64)
        }
        Some(ParseValue::String(text)) => parse_date_loosely(text),
        other => return Err(unsupported(name, other)),
    };
    let date = date.ok_or_else(|| refused("Error parsing date string"))?;
    Ok(Some(ParseValue::Date(date)))
}
