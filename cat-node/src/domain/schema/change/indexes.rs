//! Which indexes a change makes and drops.

use serde_json::{Map, Value as Json, json};

use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::schema::Indexes;

/// Most indexes of a class, as MongoDB has it.
pub const MAX_INDEXES: usize = 64;
/// Most keys of an index, as MongoDB has it.
const MAX_KEYS: usize = 32;
/// What a key may say instead of a direction.
const KINDS: &[&str] = &["text", "2d", "2dsphere", "hashed"];
/// The index that every class has.
const OWN: &str = "_id_";

/// Indexes to drop, and to make.
#[derive(Debug, Default, PartialEq)]
pub struct IndexChange {
    pub drop: Vec<String>,
    pub make: Indexes,
}

fn refused(text: String) -> ParseError {
    ParseError::new(ErrorCode::INVALID_QUERY, text)
}

/// Reads what was submitted. `listed` are the indexes that are there; `is_column` says which keys there are to index.
pub fn read(
    submitted: &Map<String, Json>,
    listed: &Indexes,
    is_column: &dyn Fn(&str) -> bool,
) -> Result<IndexChange, ParseError> {
    let mut change = IndexChange::default();
    for (name, keys) in submitted {
        let is_there = listed.contains_key(name) || (listed.is_empty() && name == OWN);
        if keys.get("__op").is_some_and(|op| op == "Delete") {
            if !is_there {
                return Err(refused(format!(
                    "Index {name} does not exist, cannot delete."
                )));
            }
            if name == OWN {
                return Err(refused(format!("Index {name} cannot be deleted.")));
            }
            change.drop.push(name.clone());
            continue;
        }
        if is_there {
            return Err(refused(format!("Index {name} exists, cannot update.")));
        }
        check_keys(name, keys, is_column)?;
        change.make.insert(name.clone(), keys.clone());
    }
    if listed.len() + change.make.len() > MAX_INDEXES {
        return Err(refused(format!(
            "A class cannot have more than {MAX_INDEXES} indexes."
        )));
    }
    Ok(change)
}

/// The index that is listed once any other one is.
pub fn own() -> (String, Json) {
    (OWN.to_owned(), json!({"_id": 1}))
}

fn check_keys(name: &str, keys: &Json, is_column: &dyn Fn(&str) -> bool) -> Result<(), ParseError> {
    let invalid = || {
        refused(format!(
            "Index {name} is not a list of fields with their directions."
        ))
    };
    let keys = keys.as_object().ok_or_else(invalid)?;
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Err(invalid());
    }
    for (key, kind) in keys {
        if !is_column(key.strip_prefix("_p_").unwrap_or(key)) {
            return Err(refused(format!(
                "Field {key} does not exist, cannot add index."
            )));
        }
        let is_kind = kind.as_str().is_some_and(|kind| KINDS.contains(&kind));
        if !is_kind && direction(kind).is_none() {
            return Err(invalid());
        }
    }
    Ok(())
}

/// `1` or `-1`.
pub fn direction(kind: &Json) -> Option<i32> {
    [1, -1]
        .into_iter()
        .find(|direction| kind.as_f64() == Some(f64::from(*direction)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(submitted: &Json, listed: &Json) -> Result<IndexChange, String> {
        let object = |json: &Json| json.as_object().unwrap().clone();
        let is_column = |name: &str| matches!(name, "a" | "b");
        read(&object(submitted), &object(listed), &is_column).map_err(|error| error.message)
    }

    #[test]
    fn indexes_are_made_and_dropped_by_name() {
        let submitted =
            json!({"a_1": {"__op": "Delete"}, "ab": {"a": 1, "_p_b": -1}, "t": {"a": "text"}});
        let change = read_all(&submitted, &json!({"a_1": {"a": 1}})).unwrap();
        assert_eq!(change.drop, ["a_1"]);
        assert_eq!(change.make.keys().collect::<Vec<_>>(), ["ab", "t"]);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let listed = json!({"a_1": {"a": 1}});
        for (submitted, text) in [
            (json!({"a_1": {"a": 1}}), "Index a_1 exists, cannot update."),
            (
                json!({"x": {"__op": "Delete"}}),
                "Index x does not exist, cannot delete.",
            ),
            (
                json!({"x": {"c": 1}}),
                "Field c does not exist, cannot add index.",
            ),
            (
                json!({"x": {"a.b": 1}}),
                "Field a.b does not exist, cannot add index.",
            ),
            (
                json!({"x": {"a": "foo"}}),
                "Index x is not a list of fields with their directions.",
            ),
            (
                json!({"x": {}}),
                "Index x is not a list of fields with their directions.",
            ),
        ] {
            assert_eq!(read_all(&submitted, &listed).unwrap_err(), text);
        }
        let own = read_all(&json!({"_id_": {"_id": 1}}), &json!({}));
        assert_eq!(own.unwrap_err(), "Index _id_ exists, cannot update.");
    }
}
