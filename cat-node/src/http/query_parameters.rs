//! Reads the parameters of finds and gets.

use serde_json::{Map, Value as Json};

use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::javascript_text::javascript_text;
use crate::domain::query::parse::is_truthy;
use crate::domain::query::read_options::{Explain, ReadOptions, ReadPreference};
use crate::use_cases::find_objects::{FindRequest, Shape};

const FIND: &[&str] = &[
    "where",
    "limit",
    "skip",
    "order",
    "count",
    "keys",
    "excludeKeys",
    "include",
    "includeAll",
    "redirectClassNameForKey",
    "readPreference",
    "includeReadPreference",
    "subqueryReadPreference",
    "hint",
    "explain",
    "comment",
];
const GET: &[&str] = &[
    "keys",
    "excludeKeys",
    "include",
    "readPreference",
    "includeReadPreference",
    "subqueryReadPreference",
];

const READ_PREFERENCES: &[&str] = &[
    "PRIMARY",
    "PRIMARY_PREFERRED",
    "SECONDARY",
    "SECONDARY_PREFERRED",
    "NEAREST",
];

fn invalid_query(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_QUERY, text)
}

/// Bounds on what a find may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub default_limit: u64,
    pub max_limit: Option<u64>,
}

/// A find on a class.
pub fn find(
    class: &str,
    query: &Map<String, Json>,
    limits: Limits,
) -> Result<FindRequest, ParseError> {
    let query = &parsed(query);
    if let Some(unknown) = query.keys().find(|name| !FIND.contains(&name.as_str())) {
        return Err(invalid_query(format!(
            "Invalid parameter for query: {unknown}"
        )));
    }
    let is_set = |name: &str| query.get(name).is_some_and(is_truthy);
    let explained = query.get("explain").filter(|json| is_truthy(json));
    let given = whole_number(query, "limit")?;
    let limit = given.map(|limit| limits.max_limit.map_or(limit, |most| limit.min(most)));
    Ok(FindRequest {
        order: text(query, "order"),
        skip: whole_number(query, "skip")?.unwrap_or(0),
        count: is_set("count"),
        shape: shape(query),
        redirect: text(query, "redirectClassNameForKey").filter(|key| !key.is_empty()),
        options: read_options(query)?,
        explain: explained.map(explain).transpose()?,
        ..FindRequest::new(class, filter(query)?, limit.unwrap_or(limits.default_limit))
    })
}

/// Whether the plan of the find is asked for, in words that make sense or not.
pub fn asks_for_a_plan(query: &Map<String, Json>) -> bool {
    query.get("explain").is_some_and(|value| {
        let json = value
            .as_str()
            .and_then(|text| serde_json::from_str::<Json>(text).ok());
        is_truthy(json.as_ref().unwrap_or(value))
    })
}

/// A hint is a name, or keys; a text that is JSON is keys.
fn read_options(query: &Map<String, Json>) -> Result<ReadOptions, ParseError> {
    let hint = match query.get("hint") {
        Some(Json::String(text)) if !text.is_empty() => {
            let keys = serde_json::from_str(text).ok().filter(Json::is_object);
            Some(keys.unwrap_or_else(|| Json::from(text.as_str())))
        }
        Some(keys @ Json::Object(_)) => Some(keys.clone()),
        _ => None,
    };
    let text = |name: &str| query.get(name).and_then(Json::as_str);
    let preference = text("readPreference")
        .map(ReadPreference::parse)
        .transpose()?;
    Ok(ReadOptions {
        hint,
        comment: text("comment").map(str::to_owned),
        preference: preference.flatten(),
    })
}

fn explain(json: &Json) -> Result<Explain, ParseError> {
    match json {
        Json::Number(_) => Err(invalid_query("Invalid value for explain")),
        other => Explain::parse(other),
    }
}

/// The shape of a get.
pub fn get(query: &Map<String, Json>) -> Result<Shape, ParseError> {
    let query = &parsed(query);
    if query.keys().any(|name| !GET.contains(&name.as_str())) {
        return Err(invalid_query("Improper encode of parameter"));
    }
    check_read_preference(query)?;
    Ok(shape(query))
}

/// The parameters as parse-server takes them: JSON where they are JSON, else text.
fn parsed(query: &Map<String, Json>) -> Map<String, Json> {
    let mut parsed = Map::with_capacity(query.len());
    for (name, value) in query {
        let json = value
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok());
        parsed.insert(name.clone(), json.unwrap_or_else(|| value.clone()));
    }
    parsed
}

fn check_read_preference(query: &Map<String, Json>) -> Result<(), ParseError> {
    let Some(Json::String(preference)) = query.get("readPreference") else {
        return Ok(());
    };
    let known = preference.is_empty()
        || READ_PREFERENCES.contains(&preference.to_ascii_uppercase().as_str());
    if known {
        return Ok(());
    }
    Err(invalid_query("Not supported read preference."))
}

fn filter(query: &Map<String, Json>) -> Result<Json, ParseError> {
    match query.get("where") {
        None => Ok(Json::Null),
        // It would have been read as JSON if it were.
        Some(Json::String(_)) => Err(ParseError::new(
            ErrorCode::INVALID_JSON,
            "where parameter is not valid JSON",
        )),
        Some(filter) => Ok(filter.clone()),
    }
}

fn shape(query: &Map<String, Json>) -> Shape {
    Shape {
        keys: text(query, "keys"),
        exclude_keys: text(query, "excludeKeys"),
        include: text(query, "include"),
        include_all: query.get("includeAll").is_some_and(is_truthy),
    }
}

/// As JavaScript makes a text of it: of a list its elements, with commas.
fn text(query: &Map<String, Json>, name: &str) -> Option<String> {
    match query.get(name)? {
        Json::Null => None,
        json => Some(javascript_text(json)),
    }
}

fn whole_number(query: &Map<String, Json>, name: &str) -> Result<Option<u64>, ParseError> {
    let number = match query.get(name) {
        None | Some(Json::Null | Json::Bool(false)) => return Ok(None),
        Some(Json::Number(number)) => number.as_f64(),
        Some(Json::String(text)) if text.is_empty() => return Ok(None),
        Some(Json::String(text)) => text.trim().parse::<f64>().ok(),
        Some(_) => None,
    };
    match number {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // finite and not negative; saturates
        Some(number) if number.is_finite() && number >= 0.0 => Ok(Some(number as u64)),
        _ => Err(invalid_query(format!(
            "{name} must be a number that is not negative"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LIMITS: Limits = Limits {
        default_limit: 100,
        max_limit: Some(500),
    };

    fn find_with(query: &Json) -> Result<FindRequest, ParseError> {
        find("Game", query.as_object().unwrap(), LIMITS)
    }

    #[test]
    fn numbers_come_as_numbers_or_texts_and_are_bounded() {
        assert_eq!(find_with(&json!({})).unwrap().limit, 100);
        assert_eq!(
            find_with(&json!({"limit": "7", "skip": 2})).unwrap().limit,
            7
        );
        assert_eq!(find_with(&json!({"limit": 1_000_000})).unwrap().limit, 500);
        for wrong in [
            json!({"limit": "x"}),
            json!({"skip": -1}),
            json!({"limit": {}}),
            json!({"limit": "NaN"}),
        ] {
            assert_eq!(
                find_with(&wrong).unwrap_err().code,
                ErrorCode::INVALID_QUERY,
                "{wrong}"
            );
        }
    }

    #[test]
    fn unknown_parameters_are_named() {
        let error = find_with(&json!({"foo": 1})).unwrap_err();
        assert_eq!(error.message, "Invalid parameter for query: foo");
        assert!(get(json!({"where": "{}"}).as_object().unwrap()).is_err());
        assert_eq!(
            find_with(&json!({"where": "{"})).unwrap_err().message,
            "where parameter is not valid JSON"
        );
    }
}
