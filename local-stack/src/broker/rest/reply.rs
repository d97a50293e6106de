//! JSON answers. Enumerations are names, or numbers when the client asks for them.

use axum::Json;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// What the official clients put into the query for numbers.
const ENUM_ENCODING: &str = "enum-encoding";
const STATES: [&str; 3] = ["STATE_UNSPECIFIED", "ACTIVE", "RESOURCE_ERROR"];

pub(super) fn json(mut value: Value, uri: &Uri) -> Response {
    if !uri.query().unwrap_or_default().contains(ENUM_ENCODING) {
        name_states(&mut value);
    }
    Json(value).into_response()
}

fn name_states(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let number = field
                    .as_u64()
                    .and_then(|number| usize::try_from(number).ok());
                match number.and_then(|number| STATES.get(number)) {
                    Some(state) if name == "state" => *field = Value::from(*state),
                    _ if name != "labels" => name_states(field),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(name_states),
        _ => {}
    }
}
