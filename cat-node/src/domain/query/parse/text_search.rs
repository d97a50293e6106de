//! Reads `$text`.

use serde_json::Value as Json;

use super::{invalid_json, is_truthy};
use crate::domain::error::ParseError;
use crate::domain::query::TextSearch;

pub(super) fn read(json: &Json) -> Result<TextSearch, ParseError> {
    let search = json.get("$search").filter(|search| search.is_object());
    let search = search.ok_or_else(|| invalid_json("bad $text: $search, should be object"))?;
    let given = |name: &str| search.get(name).filter(|value| is_truthy(value));
    let wrong =
        |name: &str, kind: &str| invalid_json(format!("bad $text: {name}, should be {kind}"));
    let text = |name: &str| match given(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(name, "string")),
    };
    let flag = |name: &str| match given(name) {
        None => Ok(false),
        Some(Json::Bool(truth)) => Ok(*truth),
        Some(_) => Err(wrong(name, "boolean")),
    };
    Ok(TextSearch {
        term: text("$term")?.ok_or_else(|| wrong("$term", "string"))?,
        language: text("$language")?,
        case_sensitive: flag("$caseSensitive")?,
        diacritic_sensitive: flag("$diacriticSensitive")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refusals_name_the_part_that_is_wrong() {
        for (search, text) in [
            (json!("x"), "bad $text: $search, should be object"),
            (json!({}), "bad $text: $term, should be string"),
            (json!({"$term": ""}), "bad $text: $term, should be string"),
            (
                json!({"$term": "a", "$language": 5}),
                "bad $text: $language, should be string",
            ),
            (
                json!({"$term": "a", "$caseSensitive": "x"}),
                "bad $text: $caseSensitive, should be boolean",
            ),
        ] {
            let error = read(&json!({"$search": search})).unwrap_err();
            assert_eq!((error.code.0, error.message.as_str()), (107, text));
        }
    }
}
