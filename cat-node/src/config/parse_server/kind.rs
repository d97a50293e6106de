//! How the values of options are written, in JSON and in the environment.

use serde_json::{Value as Json, json};

const BYTES_PER_UNIT: [(&str, f64); 4] = [
    ("kb", 1024.0),
    ("mb", 1_048_576.0),
    ("gb", 1_073_741_824.0),
    ("b", 1.0),
];

/// The kind of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Boolean,
    /// A list, or text with commas.
    List,
    /// A list of objects, or one object.
    Objects,
    Object,
    /// Yes, no, or an object.
    Decision,
    Any,
    /// `20mb`, or bytes.
    Size,
    LogLevel,
    JsonLogs,
    Verbose,
    Silent,
    /// Yes, no, or a number of processes.
    Cluster,
}

impl Kind {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "list" => Self::List,
            "objects" => Self::Objects,
            "object" => Self::Object,
            "decision" => Self::Decision,
            "any" => Self::Any,
            "size" => Self::Size,
            "log-level" => Self::LogLevel,
            "json-logs" => Self::JsonLogs,
            "verbose" => Self::Verbose,
            "silent" => Self::Silent,
            "cluster" => Self::Cluster,
            _ => return None,
        })
    }

    /// The value of a setting; or what it had to be.
    pub(super) fn read(self, value: &Json) -> Result<Json, &'static str> {
        match self {
            Self::Text => text(value).ok_or("a text"),
            Self::Number => number(value).ok_or("a number"),
            Self::Boolean => boolean(value).map(Json::Bool).ok_or("a boolean"),
            Self::List => list(value).ok_or("a list"),
            Self::Objects => objects(value).ok_or("a list of objects"),
            Self::Object => object(value).ok_or("an object"),
            Self::Decision => boolean(value)
                .map(Json::Bool)
                .or_else(|| object(value))
                .ok_or("a boolean, or {\"webhook\": URL}"),
            Self::Any => Ok(any(value)),
            Self::Size => size(value).ok_or("a size such as \"20mb\""),
            Self::LogLevel => log_filter(value).ok_or("a log level"),
            Self::JsonLogs => either(value, "json", "auto"),
            Self::Verbose => either(value, "debug", "info"),
            Self::Silent => either(value, "off", "info"),
            Self::Cluster => workers(value).ok_or("a boolean or a number"),
        }
    }
}

fn text(value: &Json) -> Option<Json> {
    match value {
        Json::String(_) => Some(value.clone()),
        Json::Number(number) => Some(Json::String(number.to_string())),
        _ => None,
    }
}

fn number(value: &Json) -> Option<Json> {
    match value {
        Json::Number(_) => Some(value.clone()),
        Json::String(text) => {
            let text = text.trim();
            let whole = text.parse::<i64>().map(|whole| json!(whole));
            whole
                .or_else(|_| text.parse::<f64>().map(|real| json!(real)))
                .ok()
        }
        _ => None,
    }
}

fn boolean(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(truth) => Some(*truth),
        Json::String(text) if text == "true" || text == "1" => Some(true),
        Json::String(text) if text == "false" || text == "0" => Some(false),
        Json::Number(number) => Some(number.as_f64()? == 1.0),
        _ => None,
    }
}

fn list(value: &Json) -> Option<Json> {
    match value {
        Json::Array(_) => Some(value.clone()),
        Json::String(text) => Some(match serde_json::from_str(text) {
            Ok(list @ Json::Array(_)) => list,
            _ => text
                .split(',')
                .map(|item| Json::from(item.trim()))
                .collect(),
        }),
        _ => None,
    }
}

fn object(value: &Json) -> Option<Json> {
    match any(value) {
        object @ Json::Object(_) => Some(object),
        _ => None,
    }
}

fn objects(value: &Json) -> Option<Json> {
    match any(value) {
        Json::Array(items) if items.iter().all(Json::is_object) => Some(Json::Array(items)),
        object @ Json::Object(_) => Some(Json::Array(vec![object])),
        _ => None,
    }
}

/// What a text holds, when it is JSON.
fn any(value: &Json) -> Json {
    match value {
        Json::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        _ => value.clone(),
    }
}

fn size(value: &Json) -> Option<Json> {
    let written = match value {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.trim().to_ascii_lowercase(),
        _ => return None,
    };
    let of_unit = BYTES_PER_UNIT
        .iter()
        .find_map(|(unit, bytes)| Some((written.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = of_unit.unwrap_or((&written, 1.0));
    let bytes = number.trim().parse::<f64>().ok()? * bytes;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative; saturates
    (bytes >= 1.0).then(|| json!(bytes as u64))
}

/// winston's levels in the language of `RUST_LOG`.
fn log_filter(value: &Json) -> Option<Json> {
    Some(Json::from(match value.as_str()? {
        "error" => "error",
        "warn" => "warn",
        "info" => "info",
        "verbose" | "debug" => "debug",
        "silly" => "trace",
        _ => return None,
    }))
}

fn either(value: &Json, yes: &str, no: &str) -> Result<Json, &'static str> {
    let truth = boolean(value).ok_or("a boolean")?;
    Ok(Json::from(if truth { yes } else { no }))
}

/// parse-server starts as many processes; cat-node has one, with as many threads.
fn workers(value: &Json) -> Option<Json> {
    if value.is_number() {
        return Some(value.clone());
    }
    match boolean(value) {
        Some(false) => Some(json!(1)),
        Some(true) => {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            Some(json!(cores))
        }
        None => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_parse_server_reads_them() {
        assert_eq!(Kind::Size.read(&json!("20mb")), Ok(json!(20_971_520)));
        assert_eq!(Kind::Size.read(&json!("1.5kb")), Ok(json!(1536)));
        assert_eq!(Kind::Size.read(&json!(100)), Ok(json!(100)));
        assert_eq!(Kind::List.read(&json!("a, b")), Ok(json!(["a", "b"])));
        assert_eq!(
            Kind::List.read(&json!("[{\"key\":\"x\"}]")),
            Ok(json!([{"key": "x"}]))
        );
        assert_eq!(Kind::Boolean.read(&json!("1")), Ok(json!(true)));
        assert_eq!(Kind::Number.read(&json!("007")), Ok(json!(7)));
        assert_eq!(Kind::Text.read(&json!("007")), Ok(json!("007")));
        assert_eq!(Kind::Cluster.read(&json!(4)), Ok(json!(4)));
        assert_eq!(Kind::Objects.read(&json!({"a": 1})), Ok(json!([{"a": 1}])));
        assert!(
            Kind::Boolean.read(&json!("maybe")).is_err() && Kind::Size.read(&json!("big")).is_err()
        );
    }
}
