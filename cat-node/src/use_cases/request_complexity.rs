//! `requestComplexity`: what one request may ask for without the master or maintenance key.

use serde_json::Value as Json;

use super::find_objects::Shape;
use super::include_pointers;
use crate::caller::Caller;
use crate::config::parse::request_complexity::RequestComplexity;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;
use crate::domain::object::selection::Selection;
use crate::domain::schema::ClassSchema;

const LOGICAL: &[&str] = &["$or", "$and", "$nor"];

/// Checks a `where`.
pub(super) fn check_filter(
    limits: &RequestComplexity,
    caller: &Caller,
    class: &ClassName,
    filter: &Json,
) -> Result<(), ParseError> {
    if caller.is_unrestricted() {
        return Ok(());
    }
    // Questions about sessions are narrowed to the caller's own by one more `$and`.
    let narrowed = usize::from(*class == ClassName::SESSION);
    if let Some(most) = limits.query_depth
        && narrowed + nesting(filter, LOGICAL) > most
    {
        return refuse(format!(
            "Query condition nesting depth exceeds maximum allowed depth of {most}"
        ));
    }
    if let Some(most) = limits.subquery_depth
        && subquery_depth(filter, &[]) > most
    {
        return refuse(format!(
            "Subquery nesting depth exceeds maximum allowed depth of {most}"
        ));
    }
    if !limits.allow_regex && asks_for_regex(filter) {
        return refuse("$regex operator is not allowed".to_owned());
    }
    Ok(())
}

/// Checks what is to be included.
pub(super) fn check_includes(
    limits: &RequestComplexity,
    caller: &Caller,
    schema: &ClassSchema,
    shape: &Shape,
) -> Result<(), ParseError> {
    if caller.is_unrestricted() || (limits.include_depth, limits.include_count) == (None, None) {
        return Ok(());
    }
    let keys = include_pointers::keys_with_all(schema, shape);
    let selection = Selection::new(keys.as_deref(), shape.exclude_keys.as_deref());
    let paths = include_pointers::paths(schema, shape, &selection)?;
    let depth = paths.iter().map(Vec::len).max().unwrap_or_default();
    if let Some(most) = limits.include_depth
        && depth > most
    {
        return refuse(format!(
            "Include depth of {depth} exceeds maximum allowed depth of {most}"
        ));
    }
    let count = paths.len();
    if let Some(most) = limits.include_count
        && count > most
    {
        return refuse(format!(
            "Number of include fields ({count}) exceeds maximum allowed ({most})"
        ));
    }
    Ok(())
}

fn refuse(text: String) -> Result<(), ParseError> {
    Err(ParseError::new(ErrorCode::INVALID_QUERY, text))
}

/// How often one of the `operators` stands inside of another, at most.
fn nesting(filter: &Json, operators: &[&str]) -> usize {
    let (mut deepest, mut pending) = (0, vec![(filter, 0)]);
    while let Some((json, depth)) = pending.pop() {
        deepest = deepest.max(depth);
        match json {
            Json::Object(map) => pending.extend(map.iter().map(|(key, value)| {
                let deeper = usize::from(operators.contains(&key.as_str()));
                (value, depth + deeper)
            })),
            Json::Array(items) => pending.extend(items.iter().map(|item| (item, depth))),
            _ => {}
        }
    }
    deepest
}

/// In the order in which parse-server answers them: one that comes earlier is answered at once, however deep it stands inside of
/// those that come later, and so counts from the nearest that does not.
const SUBQUERIES: [&str; 4] = ["$select", "$dontSelect", "$inQuery", "$notInQuery"];

/// The depth of the deepest sub-query; `around` are those that it stands in, with their depths.
fn subquery_depth(filter: &Json, around: &[(usize, usize)]) -> usize {
    let members: Vec<(&str, &Json)> = match filter {
        Json::Object(map) => map
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect(),
        Json::Array(items) => items.iter().map(|item| ("", item)).collect(),
        _ => return 0,
    };
    let depths = members.into_iter().map(|(key, value)| {
        let Some(rank) = SUBQUERIES.iter().position(|name| *name == key) else {
            return subquery_depth(value, around);
        };
        let outer = around.iter().rev().find(|(outer, _)| *outer <= rank);
        let depth = 1 + outer.map_or(0, |(_, depth)| *depth);
        let within = [around, &[(rank, depth)]].concat();
        depth.max(subquery_depth(value, &within))
    });
    depths.max().unwrap_or(0)
}

/// Whether a field, also one below `$or`, `$and` and `$nor`, is asked for by a regular expression.
fn asks_for_regex(filter: &Json) -> bool {
    let mut pending = vec![filter];
    while let Some(json) = pending.pop() {
        let Json::Object(map) = json else { continue };
        for (key, value) in map {
            match value {
                Json::Array(items) if LOGICAL.contains(&key.as_str()) => pending.extend(items),
                Json::Object(constraints) if constraints.contains_key("$regex") => return true,
                _ => {}
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nesting_counts_the_operators_on_the_deepest_way() {
        let filter = json!({"a": 1, "$or": [{"b": 1}, {"$and": [{"c": {"$inQuery": {"where": {"$or": []}}}}]}]});
        assert_eq!(nesting(&filter, LOGICAL), 3);
        assert_eq!(nesting(&json!({}), LOGICAL), 0);
    }

    #[test]
    fn sub_queries_count_from_the_one_that_is_answered_before() {
        let inside = |operator: &str, filter: Json| json!({"a": {operator: {"where": filter}}});
        let [select, in_query, not_in] = ["$select", "$inQuery", "$notInQuery"];
        for (chain, depth) in [
            (inside(in_query, inside(in_query, json!({}))), 2),
            (inside(in_query, inside(select, json!({}))), 1),
            (inside(select, inside(in_query, json!({}))), 2),
            (
                inside(
                    in_query,
                    inside(not_in, inside(select, inside(in_query, json!({})))),
                ),
                2,
            ),
            (json!({"$or": [inside(select, json!({})), {"b": 1}]}), 1),
        ] {
            assert_eq!(subquery_depth(&chain, &[]), depth, "{chain}");
        }
    }

    #[test]
    fn regular_expressions_are_seen_wherever_they_are_questions() {
        assert!(asks_for_regex(&json!({"a": {"$regex": "x"}})));
        assert!(asks_for_regex(
            &json!({"$or": [{"$nor": [{"a": {"$regex": "x", "$options": "i"}}]}]})
        ));
        assert!(!asks_for_regex(&json!({"$regex": "x", "a": "$regex"})));
    }
}
