//! The id that a client chose for a new object. Any text will do; only a user's is held to more, as its events bear it.

use serde_json::{Map, Value as Json};

use super::write_object::custom_id;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::query::parse::is_truthy;
use crate::domain::schema::{FieldType, mismatch};
use crate::node::Node;

/// What MongoDB can still index.
const MAX_ID_BYTES: usize = 1_024;

pub(super) fn chosen_id(
    node: &Node,
    class: &ClassName,
    body: &mut Map<String, Json>,
) -> Result<Option<ObjectId>, ParseError> {
    if !node.settings.allow_custom_object_id {
        return custom_id(node, body);
    }
    match body.remove("objectId") {
        None => Ok(None),
        Some(Json::String(id)) if (1..=MAX_ID_BYTES).contains(&id.len()) => {
            Ok(Some(ObjectId::new(id)))
        }
        Some(value) if is_truthy(&value) && !value.is_string() => {
            let got = type_of(&value);
            Err(mismatch(class, "objectId", &FieldType::String, &got))
        }
        Some(_) => Err(ParseError::new(
            ErrorCode::MISSING_OBJECT_ID,
            "objectId must not be empty, null or undefined",
        )),
    }
}

fn type_of(value: &Json) -> FieldType {
    match value {
        Json::Bool(_) => FieldType::Boolean,
        Json::Number(_) => FieldType::Number,
        Json::Array(_) => FieldType::Array,
        _ => FieldType::Object,
    }
}
