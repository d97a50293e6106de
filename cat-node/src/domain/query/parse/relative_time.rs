//! `$relativeTime`: `now`, `in 1 day 2 hours`, `3 weeks ago`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value as Json;

use super::invalid_json;
use crate::domain::error::ParseError;

/// Reads the text for the operator that it stands in.
pub(super) fn read(
    operator: &str,
    json: &Json,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, ParseError> {
    let refuse = |why: &str| invalid_json(format!("bad $relativeTime ({operator}) value. {why}"));
    let text = json
        .as_str()
        .ok_or_else(|| refuse("Time should be a string"))?
        .to_lowercase();
    let mut words: Vec<&str> = text.split_whitespace().collect();
    if words == ["now"] {
        return Ok(now);
    }
    let future = words.first() == Some(&"in");
    let past = words.last() == Some(&"ago");
    match (future, past) {
        (true, true) => return Err(refuse("Time cannot have both 'in' and 'ago'")),
        (false, false) => {
            return Err(refuse(
                "Time should either start with 'in' or end with 'ago'",
            ));
        }
        (true, false) => drop(words.remove(0)),
        (false, true) => drop(words.pop()),
    }
    if !words.len().is_multiple_of(2) {
        return Err(refuse("Invalid time string. Dangling unit or number."));
    }
    let mut seconds = 0_i64;
    for pair in words.chunks(2) {
        let count: i64 = pair[0]
            .parse()
            .map_err(|_| refuse(&format!("'{}' is not an integer.", pair[0])))?;
        let unit = unit_seconds(pair[1])
            .ok_or_else(|| refuse(&format!("Invalid interval: '{}'", pair[1])))?;
        seconds = seconds.saturating_add(count.saturating_mul(unit));
    }
    let distance = TimeDelta::try_seconds(if future { seconds } else { -seconds });
    let moment = distance.and_then(|distance| now.checked_add_signed(distance));
    moment.ok_or_else(|| refuse("Time is out of range"))
}

fn unit_seconds(unit: &str) -> Option<i64> {
    const DAY: i64 = 86_400;
    Some(match unit {
        "yr" | "yrs" | "year" | "years" => 365 * DAY,
        "wk" | "wks" | "week" | "weeks" => 7 * DAY,
        "d" | "day" | "days" => DAY,
        "hr" | "hrs" | "hour" | "hours" => 3_600,
        "min" | "mins" | "minute" | "minutes" => 60,
        "sec" | "secs" | "second" | "seconds" => 1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_counted_from_now() {
        let read = |text: &str| {
            read("$lt", &json!(text), DateTime::UNIX_EPOCH).map(|date| date.timestamp())
        };
        assert_eq!(read("in 1 day 2 hours").unwrap(), 93_600);
        assert_eq!(read("2 mins ago").unwrap(), -120);
        assert_eq!(read("now").unwrap(), 0);
        for text in [
            "soon",
            "in 1",
            "in x days",
            "in 1 fortnight",
            "in 9223372036854775807 years",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
