//! How JavaScript writes a value into a text: parse-server's refusals quote what they were given so, and clients match on them.

use serde_json::Value as Json;

use super::value::json::number_to_json;

/// What `${value}` gives in JavaScript.
pub fn javascript_text(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(truth) => truth.to_string(),
        Json::Number(number) => number_to_json(number.as_f64().unwrap_or_default()).to_string(),
        Json::String(text) => text.clone(),
        Json::Array(items) => joined(items),
        Json::Object(_) => "[object Object]".to_owned(),
    }
}

/// What `values.join(',')` gives: `null` is nothing there.
fn joined(items: &[Json]) -> String {
    let texts = items.iter().map(|item| match item {
        Json::Null => String::new(),
        other => javascript_text(other),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_javascript_does() {
        for (value, text) in [
            (json!(null), "null"),
            (json!(1.0), "1"),
            (json!(1.5), "1.5"),
            (json!({"a": 1}), "[object Object]"),
            (json!([1, null, "x", [true]]), "1,,x,true"),
        ] {
            assert_eq!(javascript_text(&value), text);
        }
    }
}
