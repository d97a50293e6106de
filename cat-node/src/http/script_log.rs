//! `/scriptlog`: the newest lines of the process's log.

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use service_chassis::telemetry::LogLine;

use super::answer::Answer;
use super::request::ApiRequest;
use crate::domain::value::json::{date_text, parse_date};
use crate::node::Node;
use crate::use_cases::read_log::{LogQuery, read_log};

pub fn get(node: &Node, request: &ApiRequest) -> Answer {
    let query = query(request);
    Answer::ok(
        read_log(node, &query)
            .iter()
            .map(line)
            .collect::<Vec<Json>>(),
    )
}

/// Parameters that cannot be read count as absent.
fn query(request: &ApiRequest) -> LogQuery {
    let text = |name: &str| request.query.get(name).and_then(Json::as_str);
    let number = |name: &str| {
        let value = request.query.get(name)?;
        let number = value
            .as_u64()
            .or_else(|| value.as_str()?.trim().parse().ok());
        usize::try_from(number?).ok().filter(|number| *number > 0)
    };
    let is_set = |name: &str| text(name).is_some_and(|text| !text.is_empty());
    LogQuery {
        errors_only: text("level") == Some("error"),
        from: text("from").and_then(date),
        until: text("until").and_then(date),
        oldest_first: text("order") == Some("asc"),
        lines: number(if is_set("n") { "n" } else { "size" }),
    }
}

/// A date, or milliseconds since 1970.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let millis = || DateTime::from_timestamp_millis(text.parse().ok()?);
    parse_date(text).or_else(millis)
}

fn line(line: &LogLine) -> Json {
    let level = line.level.as_str().to_lowercase();
    json!({"level": level, "message": line.text, "timestamp": date_text(line.at)})
}
