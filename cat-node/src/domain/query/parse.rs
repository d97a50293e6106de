//! Reads `where` (the JSON that clients send) into a `Filter`. Sub-queries were resolved before; one that is
//! still here is refused like any other unknown constraint. What an operand means depends on the field's type.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::{Filter, Test};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::javascript_text::javascript_text;
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;

mod atom;
mod constraint;
mod geo;
mod order;
mod regex;
mod relative_time;
mod text_search;

pub use order::{asks_for_score, order_from_text};

/// Deepest nesting of `$or`, `$and` and `$nor`.
pub const MAX_QUERY_DEPTH: usize = 16;
/// Most conditions in one query: SQLite nests one expression less than 1,000 deep.
pub const MAX_CONDITIONS: usize = 900;

pub(super) fn invalid_json(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_JSON, text)
}

fn invalid_query(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_QUERY, text)
}

/// Reads a `where` without knowing the class: every field may hold anything.
pub fn filter_from_json(json: &Json, now: DateTime<Utc>) -> Result<Filter, ParseError> {
    Reader::new(None, now).filter(json, MAX_QUERY_DEPTH)
}

/// Reads a `where` for a class; `now` is what `$relativeTime` counts from.
pub fn filter_for_class(
    schema: &ClassSchema,
    json: &Json,
    now: DateTime<Utc>,
) -> Result<Filter, ParseError> {
    Reader::new(Some(schema), now).filter(json, MAX_QUERY_DEPTH)
}

struct Reader<'a> {
    schema: Option<&'a ClassSchema>,
    now: DateTime<Utc>,
    conditions: usize,
}

/// A field that is queried.
struct Field {
    path: FieldPath,
    /// `None` for a path into a field, and for a field that no object has.
    kind: Option<FieldType>,
    /// Whether lists and objects are values to compare with, as they are inside lists and objects.
    is_interior: bool,
    now: DateTime<Utc>,
}

impl<'a> Reader<'a> {
    fn new(schema: Option<&'a ClassSchema>, now: DateTime<Utc>) -> Self {
        Self {
            schema,
            now,
            conditions: 0,
        }
    }

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
                "ACL" if is_truthy(value) => return Err(invalid_query("Cannot query on ACL.")),
                "ACL" => {}
                _ => self.field(key, value, &mut all)?,
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
        if items.is_empty() && (key == "$nor" || json.is_array()) {
            return Err(invalid_query(format!(
                "Bad {key} format - use an array of at least 1 value."
            )));
        }
        if !json.is_array() {
            return Err(invalid_query(format!(
                "Bad {key} format - use an array value."
            )));
        }
        items.iter().map(|item| self.filter(item, depth)).collect()
    }

    fn field(&self, key: &str, json: &Json, all: &mut Vec<Filter>) -> Result<(), ParseError> {
        let field = self.known_field(FieldPath::parse(key)?);
        let constraints = json
            .as_object()
            .filter(|map| map.keys().any(|key| key.starts_with('$')));
        let tests = match constraints {
            Some(constraints) => constraint::tests(&field, constraints)?,
            None => vec![Test::Equal(field_value(&field, json)?)],
        };
        let path = field.path;
        all.extend(tests.into_iter().map(|test| Filter::Field {
            path: path.clone(),
            test,
        }));
        Ok(())
    }

    fn is_about(&self, class: &ClassName) -> bool {
        self.schema.is_some_and(|schema| schema.class == *class)
    }

    fn known_field(&self, path: FieldPath) -> Field {
        if path.as_str() == "sessionToken" && self.is_about(&ClassName::SESSION) {
            return Field {
                path: FieldPath::internal(SESSION_TOKEN_FIELD),
                kind: Some(FieldType::String),
                is_interior: false,
                now: self.now,
            };
        }
        let kind = self
            .schema
            .filter(|_| !path.is_nested())
            .and_then(|schema| schema.field(path.as_str()));
        let is_interior =
            path.is_nested() || self.schema.is_none() || kind == Some(FieldType::Array);
        Field {
            path,
            kind,
            is_interior,
            now: self.now,
        }
    }
}

/// A value to be equal to. At the top an object without a `__type` cannot be told from misspelt constraints, and a list
/// is refused as parse-server does; inside and in lists both are values.
fn field_value(field: &Field, json: &Json) -> Result<ParseValue, ParseError> {
    let refuse =
        |shown: &str| invalid_json(format!("You cannot use {shown} as a query parameter."));
    if let Some(date) = implied_date(field, json) {
        return Ok(ParseValue::Date(date));
    }
    match atom::query_value(json)? {
        value if field.path.is_nested() => Ok(value),
        ParseValue::Array(items) if items.is_empty() => Ok(ParseValue::Object(Default::default())),
        ParseValue::Array(_) => Err(refuse(&javascript_text(json))),
        value if field.is_interior => Ok(value),
        ParseValue::Object(fields) if !fields.is_empty() && !atom::is_typed(json) => {
            Err(refuse("[object Object]"))
        }
        value => Ok(value),
    }
}

/// The dates that every object has may be asked for by a plain text.
fn implied_date(field: &Field, json: &Json) -> Option<DateTime<Utc>> {
    match field.path.as_str() {
        "createdAt" | "updatedAt" => json
            .as_str()
            .and_then(crate::domain::value::json::parse_date),
        _ => None,
    }
}

/// As JavaScript sees it.
pub(crate) fn is_truthy(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(_) | Json::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ClassName;
    use serde_json::json;

    fn schema() -> ClassSchema {
        let mut schema = ClassSchema::new(ClassName::internal("Thing"));
        let cat = ClassName::internal("Cat");
        for (name, kind) in [
            ("text", FieldType::String),
            ("list", FieldType::Array),
            ("at", FieldType::Date),
            ("cat", FieldType::Pointer(cat)),
        ] {
            schema.fields.insert(name.to_owned(), kind);
        }
        schema
    }

    fn read(filter: &Json) -> Result<Filter, ParseError> {
        filter_for_class(&schema(), filter, DateTime::UNIX_EPOCH)
    }

    fn refusal(filter: &Json) -> (i32, String) {
        let error = read(filter).unwrap_err();
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
                json!({"$nor": []}),
                102,
                "Bad $nor format - use an array of at least 1 value.",
            ),
            (
                json!({"a": {"b": 1}}),
                107,
                "You cannot use [object Object] as a query parameter.",
            ),
            (json!({"text": {"$gt": [1]}}), 107, "bad atom: [1]"),
            (
                json!({"text": {"$eq": {"a": 1}}}),
                107,
                "bad atom: {\"a\":1}",
            ),
            (
                json!({"text": {"$lt": {"$relativeTime": "now"}}}),
                107,
                "$relativeTime can only be used with Date field",
            ),
            (
                json!({"at": {"$ne": {"$relativeTime": "now"}}}),
                107,
                "$relativeTime can only be used with the $lt, $lte, $gt, and $gte operators",
            ),
            (
                json!({"list": {"$all": [{"$regex": "^a"}]}}),
                107,
                "All $all values must be of regex type or none: /^a/",
            ),
        ] {
            assert_eq!(refusal(&filter), (code, text.to_owned()), "{filter}");
        }
    }

    #[test]
    fn what_an_operand_means_depends_on_the_field() {
        let test = |filter: &Json| match read(filter).unwrap() {
            Filter::Field { test, .. } => test,
            other => panic!("{other:?}"),
        };
        let cat = ParseValue::pointer(
            &ClassName::internal("Cat"),
            &crate::domain::names::ObjectId::new("c"),
        );
        assert_eq!(test(&json!({"cat": {"$ne": "c"}})), Test::NotEqual(cat));
        assert_eq!(
            test(&json!({"text": {"$in": [["a"], "b"]}})),
            Test::In(vec!["a".into(), "b".into()])
        );
        assert!(matches!(
            test(&json!({"list": {"$gt": ["a"]}})),
            Test::Greater(_)
        ));
        assert!(matches!(test(&json!({"list": {"k": 1}})), Test::Equal(_)));
        assert!(matches!(
            test(&json!({"createdAt": "1970-01-01T00:00:00.000Z"})),
            Test::Equal(ParseValue::Date(_))
        ));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..=MAX_QUERY_DEPTH).fold(json!({"a": 1}), |inner, _| json!({"$or": [inner]}));
        assert_eq!(refusal(&deep).0, 102);
    }
}
