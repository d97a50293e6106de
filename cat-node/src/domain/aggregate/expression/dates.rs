//! Dates: their parts, their texts, and steps between them. Time zones are offsets from UTC.

use chrono::{DateTime, Datelike, FixedOffset, Months, NaiveDateTime, TimeDelta, Timelike, Utc};

use super::{Evaluated, Maybe, is_nothing};
use crate::domain::aggregate::columns::parse_date_loosely;
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::refused;
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

const NULL: Evaluated = Ok(Some(ParseValue::Null));
const DEFAULT_FORMAT: &str = "%Y-%m-%dT%H:%M:%S.%LZ";

fn date(name: &str, value: &Maybe) -> Result<Option<DateTime<Utc>>, ParseError> {
    match value {
        Some(ParseValue::Date(date)) => Ok(Some(*date)),
        nothing if is_nothing(nothing) => Ok(None),
        other => {
            let kind = super::convert::kind_name(other.as_ref());
            Err(refused(format!(
                "{name} can't convert from BSON type {kind} to Date"
            )))
        }
    }
}

/// `UTC`, `GMT`, `Z`, `+05`, `-0330`, `+02:00`; names of places need tables that are not here.
fn offset(name: &str, value: &Maybe) -> Result<FixedOffset, ParseError> {
    let utc = FixedOffset::east_opt(0).expect("0 is an offset");
    let text = match value {
        nothing if is_nothing(nothing) => return Ok(utc),
        Some(ParseValue::String(text)) => text.as_str(),
        _ => return Err(refused(format!("{name}: timezone must be a string"))),
    };
    if matches!(text, "UTC" | "GMT" | "Z" | "Etc/UTC") {
        return Ok(utc);
    }
    let unknown = || {
        refused(format!(
            "{name}: unsupported time zone identifier: \"{text}\""
        ))
    };
    let sign = match text.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return Err(unknown()),
    };
    let digits: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let is_offset =
        matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_offset {
        return Err(unknown());
    }
    let part = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .and_then(|part| part.parse::<i32>().ok())
            .unwrap_or_default()
    };
    let seconds = sign * (part(0..2) * 3600 + part(2..4) * 60);
    FixedOffset::east_opt(seconds).ok_or_else(unknown)
}

pub fn part(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(date) = date(name, &arguments[0])? else {
        return NULL;
    };
    let date = date.with_timezone(&offset(name, &arguments[1])?);
    let number = match name {
        "$year" => f64::from(date.year()),
        "$month" => f64::from(date.month()),
        "$dayOfMonth" => f64::from(date.day()),
        "$hour" => f64::from(date.hour()),
        "$minute" => f64::from(date.minute()),
        "$second" => f64::from(date.second()),
        "$millisecond" => f64::from(date.timestamp_subsec_millis()),
        "$dayOfWeek" => f64::from(date.weekday().number_from_sunday()),
        "$isoDayOfWeek" => f64::from(date.weekday().number_from_monday()),
        "$dayOfYear" => f64::from(date.ordinal()),
        "$isoWeek" => f64::from(date.iso_week().week()),
        "$isoWeekYear" => f64::from(date.iso_week().year()),
        // Weeks begin on Sundays, and the days before the first one are week 0.
        _ => f64::from((date.ordinal() + 6 - date.weekday().num_days_from_sunday()) / 7),
    };
    Ok(Some(ParseValue::Number(number)))
}

pub fn to_text(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(date) = date(name, &arguments[0])? else {
        return Ok(Some(arguments[3].clone().unwrap_or(ParseValue::Null)));
    };
    let date = date.with_timezone(&offset(name, &arguments[2])?);
    let format = match &arguments[1] {
        nothing if is_nothing(nothing) => DEFAULT_FORMAT,
        Some(ParseValue::String(format)) => format.as_str(),
        _ => return Err(refused("$dateToString requires that 'format' be a string")),
    };
    let mut text = String::with_capacity(format.len() * 2);
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some(specifier) => text.push_str(&formatted(&date, specifier)?),
            None => return Err(refused("Unmatched '%' at end of format string")),
        }
    }
    Ok(Some(text.into()))
}

fn formatted(date: &DateTime<FixedOffset>, specifier: char) -> Result<String, ParseError> {
    let minutes = date.offset().local_minus_utc() / 60;
    Ok(match specifier {
        '%' => "%".to_owned(),
        'Y' => format!("{:04}", date.year()),
        'm' => format!("{:02}", date.month()),
        'd' => format!("{:02}", date.day()),
        'H' => format!("{:02}", date.hour()),
        'M' => format!("{:02}", date.minute()),
        'S' => format!("{:02}", date.second()),
        'L' => format!("{:03}", date.timestamp_subsec_millis()),
        'j' => format!("{:03}", date.ordinal()),
        'u' => date.weekday().number_from_monday().to_string(),
        'w' => date.weekday().number_from_sunday().to_string(),
        'U' => {
            let week = (date.ordinal() + 6 - date.weekday().num_days_from_sunday()) / 7;
            format!("{week:02}")
        }
        'V' => format!("{:02}", date.iso_week().week()),
        'G' => format!("{:04}", date.iso_week().year()),
        'z' => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
        'Z' => minutes.to_string(),
        other => {
            let text = format!("Invalid format character '%{other}' in format string");
            return Err(refused(text));
        }
    })
}

pub fn from_text(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    match &arguments[0] {
        nothing if is_nothing(nothing) => NULL,
        Some(ParseValue::String(text)) => match parse_date_loosely(text) {
            Some(date) => Ok(Some(ParseValue::Date(date))),
            None => Err(refused(format!("Error parsing date string '{text}'"))),
        },
        _ => Err(refused(format!(
            "{name} requires that 'dateString' be a string"
        ))),
    }
}

fn unit<'a>(name: &str, value: &'a Maybe) -> Result<&'a str, ParseError> {
    match value {
        Some(ParseValue::String(unit)) => Ok(unit),
        _ => Err(refused(format!("{name} requires 'unit' to be a string"))),
    }
}

fn unknown_unit(name: &str, unit: &str) -> ParseError {
    refused(format!("{name}: unknown time unit value: {unit}"))
}

/// Milliseconds of a unit that always has as many.
fn fixed_milliseconds(unit: &str) -> Option<i64> {
    Some(match unit {
        "week" => 7 * 86_400_000,
        "day" => 86_400_000,
        "hour" => 3_600_000,
        "minute" => 60_000,
        "second" => 1_000,
        "millisecond" => 1,
        _ => return None,
    })
}

fn months(unit: &str) -> Option<i64> {
    Some(match unit {
        "year" => 12,
        "quarter" => 3,
        "month" => 1,
        _ => return None,
    })
}

/// `$dateAdd` and `$dateSubtract`.
pub fn add(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let (start, amount) = (date(name, &arguments[0])?, &arguments[2]);
    let (Some(start), false) = (start, is_nothing(amount)) else {
        return NULL;
    };
    let unit = unit(name, &arguments[1])?;
    let amount = amount.as_ref().and_then(ParseValue::as_number);
    let amount =
        amount.ok_or_else(|| refused(format!("{name} requires 'amount' to be a number")))?;
    let amount = if name == "$dateSubtract" {
        -amount
    } else {
        amount
    };
    #[allow(clippy::cast_possible_truncation)] // saturates; what is out of range is refused
    let amount = amount as i64;
    let moved = match (months(unit), fixed_milliseconds(unit)) {
        (Some(months), _) => {
            let months = amount.saturating_mul(months);
            let by = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
            if months < 0 {
                start.checked_sub_months(by)
            } else {
                start.checked_add_months(by)
            }
        }
        (None, Some(milliseconds)) => {
            let by = TimeDelta::try_milliseconds(amount.saturating_mul(milliseconds));
            by.and_then(|by| start.checked_add_signed(by))
        }
        (None, None) => return Err(unknown_unit(name, unit)),
    };
    let moved = moved.ok_or_else(|| refused(format!("{name} overflowed")))?;
    Ok(Some(ParseValue::Date(moved)))
}

/// How many borders of the unit lie between two dates.
pub fn difference(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let (Some(start), Some(end)) = (date(name, &arguments[0])?, date(name, &arguments[1])?) else {
        return NULL;
    };
    let unit = unit(name, &arguments[2])?;
    let offset = offset(name, &arguments[3])?;
    let local = |date: DateTime<Utc>| date.with_timezone(&offset).naive_local();
    let (start, end) = (local(start), local(end));
    let months_of = |date: NaiveDateTime| i64::from(date.year()) * 12 + i64::from(date.month0());
    let number = match (months(unit), fixed_milliseconds(unit)) {
        (Some(months), _) => {
            months_of(end).div_euclid(months) - months_of(start).div_euclid(months)
        }
        (None, Some(milliseconds)) => {
            // 1970 began on a Thursday, weeks begin on Sundays.
            let shift = if unit == "week" { 4 * 86_400_000 } else { 0 };
            let border = |date: NaiveDateTime| {
                (date.and_utc().timestamp_millis() + shift).div_euclid(milliseconds)
            };
            border(end) - border(start)
        }
        (None, None) => return Err(unknown_unit(name, unit)),
    };
    #[allow(clippy::cast_precision_loss)] // dates are within the range of a double
    let number = number as f64;
    Ok(Some(ParseValue::Number(number)))
}

pub fn truncate(name: &str, arguments: &[Maybe], _: &Meter) -> Evaluated {
    let Some(date) = date(name, &arguments[0])? else {
        return NULL;
    };
    let unit = unit(name, &arguments[1])?;
    let offset = offset(name, &arguments[2])?;
    let local = date.with_timezone(&offset).naive_local();
    let start = match (months(unit), fixed_milliseconds(unit)) {
        (Some(months), _) => {
            let month = i64::from(local.month0()) / months * months;
            let month = u32::try_from(month).expect("a month of a year");
            let first = local
                .date()
                .with_day(1)
                .and_then(|day| day.with_month0(month));
            first.and_then(|day| day.and_hms_opt(0, 0, 0))
        }
        (None, Some(milliseconds)) => {
            let shift = if unit == "week" { 4 * 86_400_000 } else { 0 };
            let at = local.and_utc().timestamp_millis() + shift;
            let start = at.div_euclid(milliseconds) * milliseconds - shift;
            DateTime::from_timestamp_millis(start).map(|start| start.naive_utc())
        }
        (None, None) => return Err(unknown_unit(name, unit)),
    };
    let start = start.and_then(|start| start.and_local_timezone(offset).single());
    let start = start.ok_or_else(|| refused(format!("{name} overflowed")))?;
    Ok(Some(ParseValue::Date(start.with_timezone(&Utc))))
}
