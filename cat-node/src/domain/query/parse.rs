//! Reads `where` (the JSON that clients send) into a `Filter`. Sub-queries were resolved before; one that is
//! still here is refused like any other unknown constraint.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::{Direction, Filter, OrderBy, Pattern, Test, TextSearch};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::FieldPath;
use crate::domain::value::ParseValue;
use crate::domain::value::json::value_from_json;

mod geo;
mod relative_time;

/// Deepest nesting of `$or`, `$and` and `$nor`.
pub const MAX_QUERY_DEPTH: usize = 16;
/// Most conditions in one query.
pub const MAX_CONDITIONS: usize = 1_000;

pub(super) fn invalid_json(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_JSON, text)
}

fn invalid_query(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_QUERY, text)
}

/// Reads a `where`; `now` is what `$relativeTime` counts from.
pub fn filter_from_json(json: &Json, now: DateTime<Utc>) -> Result<Filter, ParseError> {
    let mut reader = Reader { now, conditions: 0 };
    reader.filter(json, MAX_QUERY_DEPTH)
}

struct Reader {
    now: DateTime<Utc>,
    conditions: usize,
}

impl Reader {
    fn filter(&mut self, json: &Json, depth: usize) -> Result<Filter, ParseError> {
        let map = json
            .as_object()
            .ok_or_else(|| invalid_json("where parameter is not valid JSON"))?;
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(invalid_query(
                "Query condition nesting depth exceeds maximum",
            ));
        };
        let mut all = Vec::with_capacity(map.len());
        for (key, value) in map {
            self.conditions += 1;
            if self.conditions > MAX_CONDITIONS {
                return Err(invalid_query("Too many conditions in the query"));
            }
            match key.as_str() {
                "$or" => all.push(Filter::Or(self.list(key, value, deeper)?)),
                "$and" => all.push(Filter::And(self.list(key, value, deeper)?)),
                "$nor" => all.push(Filter::Nor(self.list(key, value, deeper)?)),
                "ACL" => return Err(invalid_query("Cannot query on ACL.")),
                _ => self.field(&FieldPath::parse(key)?, value, &mut all)?,
            }
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Filter::And(all)
        })
    }

    fn list(&mut self, key: &str, json: &Json, depth: usize) -> Result<Vec<Filter>, ParseError> {
        let items = json.as_array().map(Vec::as_slice).unwrap_or_default();
        if items.is_empty() && key == "$nor" {
            return Err(invalid_query(
                "Bad $nor format - use an array of at least 1 value.",
            ));
        }
        if !json.is_array() {
            return Err(invalid_query(format!(
                "Bad {key} format - use an array value."
            )));
        }
        items.iter().map(|item| self.filter(item, depth)).collect()
    }

    fn field(
        &self,
        path: &FieldPath,
        json: &Json,
        all: &mut Vec<Filter>,
    ) -> Result<(), ParseError> {
        let constraints = json
            .as_object()
            .filter(|map| map.keys().any(|key| key.starts_with('$')));
        let Some(constraints) = constraints else {
            let value = field_value(path, json)?;
            all.push(Filter::Field {
                path: path.clone(),
                test: Test::Equal(value),
            });
            return Ok(());
        };
        for (operator, operand) in constraints {
            if let Some(test) = self.test(operator, operand, constraints)? {
                all.push(Filter::Field {
                    path: path.clone(),
                    test,
                });
            }
        }
        Ok(())
    }

    /// `None` for an operator that only qualifies another one (`$options`, `$maxDistance`).
    fn test(
        &self,
        operator: &str,
        operand: &Json,
        all: &Map<String, Json>,
    ) -> Result<Option<Test>, ParseError> {
        Ok(Some(match operator {
            "$lt" => Test::Less(self.bound(operator, operand)?),
            "$lte" => Test::LessOrEqual(self.bound(operator, operand)?),
            "$gt" => Test::Greater(self.bound(operator, operand)?),
            "$gte" => Test::GreaterOrEqual(self.bound(operator, operand)?),
            "$eq" => Test::Equal(value_from_json(operand)?),
            "$ne" => Test::NotEqual(value_from_json(operand)?),
            "$exists" => Test::Exists(truthy(operand)),
            "$in" => Test::In(values(operand, "bad $in value")?),
            "$nin" => Test::NotIn(values(operand, "bad $nin value")?),
            "$containedBy" => {
                Test::ContainedBy(values(operand, "bad $containedBy: should be an array")?)
            }
            "$all" => all_test(operand)?,
            "$regex" => Test::Matches(pattern(operand, all.get("$options"))?),
            "$text" => Test::Text(text_search(operand)?),
            "$nearSphere" => geo::near(operand, all)?,
            "$within" => geo::within(operand)?,
            "$geoWithin" => geo::geo_within(operand)?,
            "$geoIntersects" => geo::intersects(operand)?,
            "$options"
            | "$maxDistance"
            | "$maxDistanceInRadians"
            | "$maxDistanceInMiles"
            | "$maxDistanceInKilometers" => {
                return Ok(None);
            }
            unknown if unknown.starts_with('$') => {
                return Err(invalid_json(format!("bad constraint: {unknown}")));
            }
            plain => {
                return Err(invalid_json(format!(
                    "bad atom: {}",
                    serde_json::json!({plain: operand})
                )));
            }
        }))
    }

    fn bound(&self, operator: &str, json: &Json) -> Result<ParseValue, ParseError> {
        if let Some(relative) = json.get("$relativeTime") {
            return relative_time::read(operator, relative, self.now).map(ParseValue::Date);
        }
        match value_from_json(json)? {
            ParseValue::Object(_) => Err(invalid_json(format!("bad atom: {json}"))),
            value => Ok(value),
        }
    }
}

/// A value to be equal to. At the top an object without a `__type` cannot be told from misspelt constraints, and a list
/// is refused as parse-server does; deeper both are values.
fn field_value(path: &FieldPath, json: &Json) -> Result<ParseValue, ParseError> {
    let refuse =
        |shown: &str| invalid_json(format!("You cannot use {shown} as a query parameter."));
    match value_from_json(json)? {
        value if path.is_nested() => Ok(value),
        ParseValue::Object(fields) if !fields.is_empty() => Err(refuse("[object Object]")),
        ParseValue::Array(_) => Err(refuse(&as_script_shows(json))),
        value => Ok(value),
    }
}

/// A list as JavaScript puts it into a text: `1,2,x`.
fn as_script_shows(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items
            .iter()
            .map(as_script_shows)
            .collect::<Vec<_>>()
            .join(","),
        Json::Object(_) => "[object Object]".to_owned(),
        other => other.to_string(),
    }
}

fn truthy(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(_) | Json::Object(_) => true,
    }
}

fn values(json: &Json, refusal: &str) -> Result<Vec<ParseValue>, ParseError> {
    let items = json.as_array().ok_or_else(|| invalid_json(refusal))?;
    items.iter().map(value_from_json).collect()
}

fn all_test(json: &Json) -> Result<Test, ParseError> {
    let items = json
        .as_array()
        .ok_or_else(|| invalid_json("bad $all value"))?;
    let patterns = items
        .iter()
        .filter(|item| item.get("$regex").is_some())
        .count();
    if patterns == 0 {
        return Ok(Test::All(values(json, "bad $all value")?));
    }
    if patterns < items.len() {
        return Err(invalid_json(format!(
            "All $all values must be of regex type or none: {json}"
        )));
    }
    let patterns = items
        .iter()
        .map(|item| pattern(&item["$regex"], item.get("$options")));
    Ok(Test::AllMatch(patterns.collect::<Result<_, _>>()?))
}

fn pattern(source: &Json, options: Option<&Json>) -> Result<Pattern, ParseError> {
    let source = source
        .as_str()
        .ok_or_else(|| invalid_query("$regex value must be a string"))?;
    let options = match options {
        None => "",
        Some(options) => options
            .as_str()
            .ok_or_else(|| invalid_query("$options value must be a string"))?,
    };
    if !options.chars().all(|option| "imxsu".contains(option)) {
        return Err(invalid_query(format!(
            "Bad $options value for query: {options}"
        )));
    }
    let pattern = Pattern {
        source: source.to_owned(),
        options: options.to_owned(),
    };
    pattern.compile()?;
    Ok(pattern)
}

fn text_search(json: &Json) -> Result<TextSearch, ParseError> {
    let search = json.get("$search").filter(|search| search.is_object());
    let search = search.ok_or_else(|| invalid_json("bad $text: $search, should be object"))?;
    let term = search.get("$term").and_then(Json::as_str);
    let flag = |name: &str| match search.get(name) {
        None => Ok(false),
        Some(Json::Bool(truth)) => Ok(*truth),
        Some(_) => Err(invalid_json(format!(
            "bad $text: {name}, should be boolean"
        ))),
    };
    Ok(TextSearch {
        term: term
            .ok_or_else(|| invalid_json("bad $text: $term, should be string"))?
            .to_owned(),
        language: match search.get("$language") {
            None => None,
            Some(Json::String(language)) => Some(language.clone()),
            Some(_) => return Err(invalid_json("bad $text: $language, should be string")),
        },
        case_sensitive: flag("$caseSensitive")?,
        diacritic_sensitive: flag("$diacriticSensitive")?,
    })
}

/// Reads `order`: `score,-createdAt`.
pub fn order_from_text(text: &str) -> Result<Vec<OrderBy>, ParseError> {
    let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
    keys.map(|key| {
        let (name, direction) = match key.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (key, Direction::Ascending),
        };
        let refuse = |_| {
            ParseError::new(
                ErrorCode::INVALID_KEY_NAME,
                format!("Invalid field name: {name}."),
            )
        };
        Ok(OrderBy {
            path: FieldPath::parse(name).map_err(refuse)?,
            direction,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(filter: &Json) -> (i32, String) {
        let error = filter_from_json(filter, DateTime::UNIX_EPOCH).unwrap_err();
        (error.code.0, error.message)
    }

    #[test]
    fn refusals_are_in_the_words_that_sdks_know() {
        for (filter, code, text) in [
            (json!({"a": {"$in": 1}}), 107, "bad $in value"),
            (json!({"a": {"$foo": 1}}), 107, "bad constraint: $foo"),
            (json!({"a$": 1}), 105, "Invalid key name: a$"),
            (
                json!({"_hashed_password": 1}),
                105,
                "Invalid key name: _hashed_password",
            ),
            (json!({"ACL": 1}), 102, "Cannot query on ACL."),
            (
                json!({"a": {"$regex": 1}}),
                102,
                "$regex value must be a string",
            ),
            (
                json!({"a": {"$regex": "a", "$options": "q"}}),
                102,
                "Bad $options value for query: q",
            ),
            (
                json!({"$nor": []}),
                102,
                "Bad $nor format - use an array of at least 1 value.",
            ),
            (
                json!({"a": {"b": 1}}),
                107,
                "You cannot use [object Object] as a query parameter.",
            ),
            (json!({"a": {"$gt": 1, "b": 2}}), 107, "bad atom: {\"b\":2}"),
        ] {
            assert_eq!(refusal(&filter), (code, text.to_owned()), "{filter}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..=MAX_QUERY_DEPTH).fold(json!({"a": 1}), |inner, _| json!({"$or": [inner]}));
        assert_eq!(refusal(&deep).0, 102);
    }

    #[test]
    fn orders_name_plain_fields() {
        assert_eq!(order_from_text("score,-createdAt").unwrap().len(), 2);
        assert!(order_from_text("_hashed_password").is_err());
        assert!(order_from_text("a; DROP").is_err());
    }
}
