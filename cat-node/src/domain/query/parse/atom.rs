//! Operands: what a JSON value in a query stands for.

use serde_json::Value as Json;

use super::{Field, invalid_json};
use crate::domain::error::ParseError;
use crate::domain::names::ObjectId;
use crate::domain::schema::FieldType;
use crate::domain::value::json::{is_too_deep, value_from_json};
use crate::domain::value::{Fields, ParseValue};

/// The types whose objects are single values.
const TYPES: &[&str] = &["Pointer", "Date", "Bytes", "GeoPoint", "Polygon", "File"];

/// Whether an object is a single value by its `__type`.
pub(super) fn is_typed(json: &Json) -> bool {
    let kind = json.get("__type").and_then(Json::as_str);
    kind.is_some_and(|kind| TYPES.contains(&kind))
}

/// A value to compare with. One whose `__type` it does not deserve (a date that is none) is equal to nothing.
pub(super) fn query_value(json: &Json) -> Result<ParseValue, ParseError> {
    match value_from_json(json) {
        Err(error) if is_typed(json) && !is_too_deep(&error) => {
            let kind = json
                .get("__type")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let nothing = [("__type".to_owned(), kind.into())];
            Ok(ParseValue::Object(Fields::from_iter(nothing)))
        }
        other => other,
    }
}

/// The operand of a constraint: a single value, unless lists and objects are values of the field.
pub(super) fn operand(field: &Field, json: &Json) -> Result<ParseValue, ParseError> {
    if field.is_interior {
        return query_value(json);
    }
    let is_single = match json {
        Json::Array(_) => false,
        Json::Object(_) => is_typed(json),
        _ => true,
    };
    if !is_single {
        return Err(invalid_json(format!("bad atom: {json}")));
    }
    match (&field.kind, query_value(json)?) {
        // An id is enough where the class is known.
        (Some(FieldType::Pointer(class)), ParseValue::String(id)) => {
            Ok(ParseValue::pointer(class, &ObjectId::new(id)))
        }
        (_, value) => Ok(value),
    }
}

/// The operands of `$in` and its like; lists among them are taken apart.
pub(super) fn operands(
    field: &Field,
    json: &Json,
    refusal: &str,
) -> Result<Vec<ParseValue>, ParseError> {
    let items = json.as_array().ok_or_else(|| invalid_json(refusal))?;
    let flat = items.iter().flat_map(|item| match item {
        Json::Array(inner) => inner.as_slice(),
        single => std::slice::from_ref(single),
    });
    flat.map(|item| operand(field, item)).collect()
}
