//! Reads the body of a create or an update: plain values, `__op`s, relation ops and the ACL.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::{AclChange, FieldOp, RelationChange, Update};
use crate::domain::acl::Acl;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId, is_plain_name};
use crate::domain::value::json::value_from_json;
use crate::domain::value::{Fields, ParseValue};

/// Most fields in one body.
pub const MAX_FIELDS: usize = 1_000;

/// What a body asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub update: Update,
    pub relations: Vec<RelationChange>,
}

/// Reads a body; `ACL` and the ops are taken apart, everything else is a value to set.
pub fn change_from_json(
    body: &Map<String, Json>,
    now: DateTime<Utc>,
) -> Result<Change, ParseError> {
    if body.len() > MAX_FIELDS {
        return Err(ParseError::new(
            ErrorCode::INVALID_JSON,
            "Too many fields in one object",
        ));
    }
    let mut change = Change {
        update: Update::at(now),
        relations: Vec::new(),
    };
    for (name, json) in body {
        if name == "ACL" {
            change.update.acl = AclChange::Set(Acl::from_json(json));
            continue;
        }
        let path = field_name(name)?;
        match json.get("__op") {
            None => change
                .update
                .ops
                .push((path, FieldOp::Set(value_to_set(json)?))),
            Some(op) => read_op(path, op.as_str().unwrap_or_default(), json, &mut change)?,
        }
    }
    Ok(change)
}

fn field_name(name: &str) -> Result<FieldPath, ParseError> {
    let refuse = || {
        ParseError::new(
            ErrorCode::INVALID_KEY_NAME,
            format!("Invalid field name: {name}."),
        )
    };
    let root = name.split('.').next().unwrap_or_default();
    if !is_plain_name(root) || matches!(root, "length" | "className") {
        return Err(refuse());
    }
    FieldPath::parse(name).map_err(|_| refuse())
}

fn value_to_set(json: &Json) -> Result<ParseValue, ParseError> {
    let value = value_from_json(json)?;
    // Every type that exists would have been read as itself.
    if let (ParseValue::Object(_), Some(kind)) = (&value, json.get("__type")) {
        let kind = kind
            .as_str()
            .map_or_else(|| kind.to_string(), str::to_owned);
        let text = format!("This is not a valid {kind}");
        return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
    }
    check_nested_keys(&value)?;
    Ok(value)
}

/// Document stores read `$` and `.` in keys as something else.
fn check_nested_keys(value: &ParseValue) -> Result<(), ParseError> {
    match value {
        ParseValue::Object(fields) => {
            if fields.keys().any(|key| key.contains(['$', '.'])) {
                return Err(ParseError::new(
                    ErrorCode::INVALID_NESTED_KEY,
                    "Nested keys should not contain the '$' or '.' characters",
                ));
            }
            fields.values().try_for_each(check_nested_keys)
        }
        ParseValue::Array(items) => items.iter().try_for_each(check_nested_keys),
        _ => Ok(()),
    }
}

fn read_op(path: FieldPath, op: &str, json: &Json, change: &mut Change) -> Result<(), ParseError> {
    let invalid = |text: &str| ParseError::new(ErrorCode::INVALID_JSON, text);
    let field_op = match op {
        "Delete" => FieldOp::Unset,
        "Increment" => match json.get("amount").and_then(Json::as_f64) {
            Some(amount) => FieldOp::Increment(amount),
            None => return Err(invalid("incrementing must provide a number")),
        },
        "SetOnInsert" => {
            FieldOp::SetOnInsert(value_to_set(json.get("amount").unwrap_or(&Json::Null))?)
        }
        "Add" => FieldOp::Add(objects(json, "objects to add must be an array")?),
        "AddUnique" => FieldOp::AddUnique(objects(json, "objects to add must be an array")?),
        "Remove" => FieldOp::Remove(objects(json, "objects to remove must be an array")?),
        "AddRelation" | "RemoveRelation" => return relate(&path, op, json, &mut change.relations),
        "Batch" => {
            let ops = json.get("ops").and_then(Json::as_array);
            let ops = ops.ok_or_else(|| invalid("ops of a Batch must be an array"))?;
            return ops.iter().take(MAX_FIELDS).try_for_each(|json| {
                match json.get("__op").and_then(Json::as_str) {
                    Some("Batch") | None => Err(invalid("ops of a Batch must be operations")),
                    Some(op) => read_op(path.clone(), op, json, change),
                }
            });
        }
        unknown => {
            let text = format!("The {unknown} operator is not supported yet.");
            return Err(ParseError::new(ErrorCode::COMMAND_UNAVAILABLE, text));
        }
    };
    change.update.ops.push((path, field_op));
    Ok(())
}

fn objects(json: &Json, refusal: &str) -> Result<Vec<ParseValue>, ParseError> {
    let items = json.get("objects").and_then(Json::as_array);
    let items = items.ok_or_else(|| ParseError::new(ErrorCode::INVALID_JSON, refusal))?;
    let values: Vec<ParseValue> = items
        .iter()
        .map(value_from_json)
        .collect::<Result<_, _>>()?;
    values.iter().try_for_each(check_nested_keys)?;
    Ok(values)
}

fn relate(
    path: &FieldPath,
    op: &str,
    json: &Json,
    relations: &mut Vec<RelationChange>,
) -> Result<(), ParseError> {
    let mut ids = Vec::new();
    let mut target: Option<ClassName> = None;
    for value in objects(json, "objects of a relation must be an array")? {
        let ParseValue::Pointer(pointer) = value else {
            return Err(ParseError::new(
                ErrorCode::INCORRECT_TYPE,
                "Only pointers can be in a relation",
            ));
        };
        if target
            .as_ref()
            .is_some_and(|target| *target != pointer.class)
        {
            return Err(ParseError::new(
                ErrorCode::INCORRECT_TYPE,
                "A relation leads to one class",
            ));
        }
        target = Some(pointer.class);
        ids.push(pointer.id);
    }
    let Some(target) = target else {
        return Ok(());
    };
    let (add, remove): (Vec<ObjectId>, Vec<ObjectId>) = if op == "AddRelation" {
        (ids, Vec::new())
    } else {
        (Vec::new(), ids)
    };
    relations.push(RelationChange {
        field: path.as_str().to_owned(),
        target,
        add,
        remove,
    });
    Ok(())
}

/// The fields that an answer has to name because the client cannot know their new values: those of ops that depend on
/// what was there.
pub fn computed_fields(update: &Update, after: &Fields) -> Fields {
    let mut computed = Fields::new();
    for (path, op) in &update.ops {
        if matches!(op, FieldOp::Set(_) | FieldOp::Unset) {
            continue;
        }
        if let Some(value) = after.get(path.root()) {
            computed.insert(path.root().to_owned(), value.clone());
        }
    }
    computed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Json) -> Result<Change, ParseError> {
        change_from_json(body.as_object().unwrap(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn refusals_are_in_the_words_that_sdks_know() {
        for (body, code, text) in [
            (json!({"a b": 1}), 105, "Invalid field name: a b."),
            (json!({"_x": 1}), 105, "Invalid field name: _x."),
            (json!({"length": 1}), 105, "Invalid field name: length."),
            (
                json!({"n": {"__op": "Increment", "amount": "x"}}),
                107,
                "incrementing must provide a number",
            ),
            (
                json!({"n": {"__op": "Add", "objects": 3}}),
                107,
                "objects to add must be an array",
            ),
            (
                json!({"n": {"__op": "Nope"}}),
                108,
                "The Nope operator is not supported yet.",
            ),
            (
                json!({"o": {"$x": 1}}),
                121,
                "Nested keys should not contain the '$' or '.' characters",
            ),
            (
                json!({"h": {"__type": "Zed"}}),
                111,
                "This is not a valid Zed",
            ),
            (
                json!({"h": {"__type": "Pointer", "objectId": "x"}}),
                111,
                "This is not a valid Pointer",
            ),
        ] {
            let error = read(&body).unwrap_err();
            assert_eq!(
                (error.code.0, error.message.as_str()),
                (code, text),
                "{body}"
            );
        }
    }

    #[test]
    fn relations_are_taken_apart_from_values() {
        let pointer = json!({"__type": "Pointer", "className": "Post", "objectId": "p"});
        let change =
            read(&json!({"likes": {"__op": "AddRelation", "objects": [pointer]}, "n": 1})).unwrap();
        assert_eq!(change.relations[0].add, [ObjectId::new("p")]);
        assert_eq!(change.update.ops.len(), 1);
    }
}
