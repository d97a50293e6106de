//! Words that no request may carry as a key, at any depth: they are levers against document stores and SDKs.

use serde_json::Value as Json;

use super::error::{ErrorCode, ParseError};

/// Refuses a body that holds a prohibited key.
pub fn check(body: &Json) -> Result<(), ParseError> {
    let mut pending = vec![body];
    while let Some(json) = pending.pop() {
        match json {
            Json::Object(map) => {
                for (key, value) in map {
                    if let Some(rule) = prohibited(key, value) {
                        let text = format!("Prohibited keyword in request data: {rule}.");
                        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
                    }
                    pending.push(value);
                }
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    Ok(())
}

fn prohibited(key: &str, value: &Json) -> Option<&'static str> {
    match key {
        "_bsontype" if value == "Code" => Some(r#"{"key":"_bsontype","value":"Code"}"#),
        "constructor" => Some(r#"{"key":"constructor"}"#),
        "__proto__" => Some(r#"{"key":"__proto__"}"#),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prohibited_words_are_found_at_any_depth() {
        let error = check(&json!({"a": [{"b": {"constructor": 1}}]})).unwrap_err();
        assert_eq!(
            error.message,
            r#"Prohibited keyword in request data: {"key":"constructor"}."#
        );
        assert!(check(&json!({"_bsontype": "Long"})).is_ok());
        assert!(check(&json!({"x": "__proto__"})).is_ok());
    }
}
