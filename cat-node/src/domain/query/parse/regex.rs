//! Reads `$regex` with its `$options`.

use serde_json::Value as Json;

use super::{invalid_json, invalid_query};
use crate::domain::error::ParseError;
use crate::domain::javascript_text::javascript_text;
use crate::domain::query::Pattern;

const OPTIONS: &str = "imxsu";

pub(super) fn pattern(source: &Json, options: Option<&Json>) -> Result<Pattern, ParseError> {
    let source = source
        .as_str()
        .ok_or_else(|| invalid_query("$regex value must be a string"))?;
    let options = match options {
        None => "",
        Some(options) => {
            let options = options
                .as_str()
                .ok_or_else(|| invalid_query("$options value must be a string"))?;
            if options.is_empty() || !options.chars().all(|option| OPTIONS.contains(option)) {
                return Err(invalid_query(format!(
                    "Bad $options value for query: {options}"
                )));
            }
            options
        }
    };
    let pattern = Pattern {
        source: source.to_owned(),
        options: options.to_owned(),
    };
    pattern.compile()?;
    Ok(pattern)
}

/// parse-server takes patterns in `$all` when all of them, or none, are what `startsWith` of an SDK makes.
pub(super) fn check_mixture(items: &[Json]) -> Result<(), ParseError> {
    let is_pattern = |item: &&Json| item.get("$regex").is_some();
    if !items.iter().any(|item| is_pattern(&item)) {
        return Ok(());
    }
    let is_prefix = |item: &Json| {
        let source = item
            .get("$regex")
            .and_then(Json::as_str)
            .unwrap_or_default();
        source.starts_with("^\\Q") && source.ends_with("\\E")
    };
    let (first, rest) = items.split_first().unwrap_or((&Json::Null, &[]));
    let agree = rest.iter().all(|item| is_prefix(item) == is_prefix(first));
    if agree && (!rest.is_empty() || is_prefix(first)) {
        return Ok(());
    }
    let shown = items.iter().map(|item| match item.get("$regex") {
        Some(Json::String(source)) => format!("/{source}/"),
        Some(other) => format!("/{other}/"),
        None => javascript_text(item),
    });
    let shown: Vec<String> = shown.collect();
    Err(invalid_json(format!(
        "All $all values must be of regex type or none: {}",
        shown.join(",")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refusals_are_in_the_words_that_sdks_know() {
        for (source, options, text) in [
            (json!(1), None, "$regex value must be a string"),
            (
                json!("a"),
                Some(json!(1)),
                "$options value must be a string",
            ),
            (
                json!("a"),
                Some(json!("q")),
                "Bad $options value for query: q",
            ),
            (
                json!("a"),
                Some(json!("")),
                "Bad $options value for query: ",
            ),
        ] {
            let error = pattern(&source, options.as_ref()).unwrap_err();
            assert_eq!((error.code.0, error.message.as_str()), (102, text));
        }
    }

    #[test]
    fn prefixes_are_not_mixed_with_other_patterns() {
        let prefix = json!({"$regex": "^\\Qa\\E"});
        let other = json!({"$regex": "a$"});
        assert!(check_mixture(std::slice::from_ref(&prefix)).is_ok());
        assert!(check_mixture(std::slice::from_ref(&other)).is_err());
        assert!(check_mixture(&[prefix, other.clone()]).is_err());
        assert!(check_mixture(&[other, json!("b")]).is_ok());
    }
}
