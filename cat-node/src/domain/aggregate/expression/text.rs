//! Texts. Positions count characters or bytes of UTF-8, as the operator's name says.

use std::cmp::Ordering;

use super::{Evaluated, Maybe, is_nothing};
use crate::domain::aggregate::matching::regex;
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::refused;
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;
use crate::domain::value::json::{date_text, number_to_json};

/// Longest text that an expression may make.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The text of an argument that must be one; `None` for `null`.
fn text<'a>(name: &str, value: &'a Maybe) -> Result<Option<&'a str>, ParseError> {
    match value {
        Some(ParseValue::String(text)) => Ok(Some(text)),
        nothing if is_nothing(nothing) => Ok(None),
        _ => Err(refused(format!("{name} requires a string argument"))),
    }
}

/// The text of an argument that is made one; nothing is the empty text.
fn coerced(name: &str, value: &Maybe) -> Result<String, ParseError> {
    Ok(match value {
        None | Some(ParseValue::Null) => String::new(),
        Some(ParseValue::String(text)) => text.clone(),
        Some(ParseValue::Number(number)) => number_to_json(*number).to_string(),
        Some(ParseValue::Date(date)) => date_text(*date),
        Some(_) => {
            return Err(refused(format!(
                "{name} can't convert its argument to String"
            )));
        }
    })
}

pub fn concat(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let mut whole = String::new();
    for argument in arguments {
        match argument {
            Some(ParseValue::String(text)) => whole.push_str(text),
            nothing if is_nothing(nothing) => return Ok(Some(ParseValue::Null)),
            _ => return Err(refused(format!("{name} only supports strings"))),
        }
        if whole.len() > MAX_BYTES {
            return Err(refused(format!("{name} makes too long a text")));
        }
    }
    meter.spend_text(&whole)?;
    Ok(Some(whole.into()))
}

pub fn fold(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let text = coerced(name, &arguments[0])?;
    meter.spend_text(&text)?;
    let folded = if name == "$toLower" {
        text.to_lowercase()
    } else {
        text.to_uppercase()
    };
    Ok(Some(folded.into()))
}

#[allow(clippy::cast_precision_loss)] // texts are far shorter
pub fn length(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let text = text(name, &arguments[0])?;
    let text =
        text.ok_or_else(|| refused(format!("{name} requires a string argument, found: null")))?;
    let length = if name == "$strLenCP" {
        text.chars().count()
    } else {
        text.len()
    };
    Ok(Some(ParseValue::Number(length as f64)))
}

pub fn compare_ignoring_case(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let folded = |value| coerced(name, value).map(|text| text.to_uppercase());
    let order = folded(&arguments[0])?.cmp(&folded(&arguments[1])?);
    let number = match order {
        Ordering::Less => -1.0,
        Ordering::Equal => 0.0,
        Ordering::Greater => 1.0,
    };
    Ok(Some(ParseValue::Number(number)))
}

/// A position; a negative one is far beyond the end.
fn position(name: &str, value: &Maybe) -> Result<usize, ParseError> {
    match value {
        Some(ParseValue::Number(number)) if *number < 0.0 => Ok(usize::MAX),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // not negative; saturates
        Some(ParseValue::Number(number)) => Ok(*number as usize),
        _ => Err(refused(format!(
            "{name}: starting index and length must be numbers"
        ))),
    }
}

pub fn substring(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let text = coerced(name, &arguments[0])?;
    meter.spend_text(&text)?;
    let (start, length) = (
        position(name, &arguments[1])?,
        position(name, &arguments[2])?,
    );
    let part: String = text.chars().skip(start).take(length).collect();
    Ok(Some(part.into()))
}

pub fn substring_of_bytes(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let text = coerced(name, &arguments[0])?;
    meter.spend_text(&text)?;
    let (start, length) = (
        position(name, &arguments[1])?,
        position(name, &arguments[2])?,
    );
    if start >= text.len() {
        return Ok(Some("".into()));
    }
    let end = start.saturating_add(length).min(text.len());
    match text.get(start..end) {
        Some(part) => Ok(Some(part.into())),
        None => Err(refused(format!(
            "{name}: Invalid range, starting or ending index is a UTF-8 continuation byte."
        ))),
    }
}

pub fn split(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let (Some(whole), Some(separator)) = (text(name, &arguments[0])?, text(name, &arguments[1])?)
    else {
        return Ok(Some(ParseValue::Null));
    };
    if separator.is_empty() {
        return Err(refused("$split requires a non-empty separator"));
    }
    let parts: Vec<ParseValue> = whole.split(separator).map(ParseValue::from).collect();
    meter.spend(parts.len())?;
    Ok(Some(ParseValue::Array(parts)))
}

#[allow(clippy::cast_precision_loss)] // texts are far shorter
pub fn index_of(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(whole) = text(name, &arguments[0])? else {
        return Ok(Some(ParseValue::Null));
    };
    let wanted = text(name, &arguments[1])?;
    let wanted = wanted
        .ok_or_else(|| refused(format!("{name} requires a string as the second argument")))?;
    meter.spend_text(whole)?;
    let by_characters = name == "$indexOfCP";
    let byte_of = |position: usize| match by_characters {
        true => whole
            .char_indices()
            .nth(position)
            .map_or(whole.len(), |(byte, _)| byte),
        false => position.min(whole.len()),
    };
    let start = arguments
        .get(2)
        .map(|value| position(name, value))
        .transpose()?
        .map_or(0, byte_of);
    let end = arguments
        .get(3)
        .map(|value| position(name, value))
        .transpose()?
        .map_or(whole.len(), byte_of);
    let found = whole
        .get(start..end.max(start))
        .and_then(|part| part.find(wanted));
    let index = found.map_or(-1.0, |byte| match by_characters {
        true => whole[..start + byte].chars().count() as f64,
        false => (start + byte) as f64,
    });
    Ok(Some(ParseValue::Number(index)))
}

pub fn trim(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(whole) = text(name, &arguments[0])? else {
        return Ok(Some(ParseValue::Null));
    };
    meter.spend_text(whole)?;
    let given = text(name, &arguments[1])?;
    let is_trimmed = |letter: char| match given {
        Some(given) => given.contains(letter),
        None => letter.is_whitespace() || letter == '\0',
    };
    let trimmed = match name {
        "$ltrim" => whole.trim_start_matches(is_trimmed),
        "$rtrim" => whole.trim_end_matches(is_trimmed),
        _ => whole.trim_matches(is_trimmed),
    };
    Ok(Some(trimmed.into()))
}

pub fn replace(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let texts: Result<Option<Vec<&str>>, ParseError> = arguments
        .iter()
        .map(|argument| text(name, argument))
        .collect();
    let Some(texts) = texts? else {
        return Ok(Some(ParseValue::Null));
    };
    let (whole, find, by) = (texts[0], texts[1], texts[2]);
    let longest = (whole.len() + 1).saturating_mul(by.len() + 1);
    if name == "$replaceAll" && longest > MAX_BYTES {
        return Err(refused(format!("{name} makes too long a text")));
    }
    let replaced = if name == "$replaceAll" {
        whole.replace(find, by)
    } else {
        whole.replacen(find, by, 1)
    };
    meter.spend_text(&replaced)?;
    Ok(Some(replaced.into()))
}

pub fn regex_match(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(whole) = text(name, &arguments[0])? else {
        return Ok(Some(false.into()));
    };
    meter.spend_text(whole)?;
    let Some(pattern) = &arguments[1] else {
        return Err(refused("$regexMatch requires 'regex' parameter"));
    };
    let pattern = regex(pattern, arguments[2].as_ref())?;
    Ok(Some(pattern.is_match(whole).into()))
}
