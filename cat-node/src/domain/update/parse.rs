//! Reads the body of a create or an update: plain values, `__op`s, relation ops and the ACL.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::{AclChange, FieldOp, RelationChange, Update};
use crate::domain::acl::Acl;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId, is_plain_name};
use crate::domain::object::value_at;
use crate::domain::query::parse::is_truthy;
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

/// How SDKs write an access list that names a user without an id yet.
const UNRESOLVED: &str = "*unresolved";

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
            if json.get(UNRESOLVED).is_some_and(is_truthy) {
                return Err(ParseError::new(ErrorCode::INVALID_ACL, "Invalid ACL."));
            }
            if is_truthy(json) {
                change.update.acl = AclChange::Set(Acl::from_json(json));
            }
            continue;
        }
        let path = field_name(name)?;
        match json.get("__op").filter(|op| is_truthy(op)) {
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
    FieldPath::parse_for_update(name)
}

/// What a value of a type must not be without.
fn is_whole(kind: &str, json: &Json) -> bool {
    let part = match kind {
        "Date" => "iso",
        "Bytes" => "base64",
        "File" => "name",
        "Polygon" => "coordinates",
        _ => return true,
    };
    json.get(part).is_some_and(is_truthy)
}

fn value_to_set(json: &Json) -> Result<ParseValue, ParseError> {
    if let Some(kind) = json.get("__type").and_then(Json::as_str)
        && !is_whole(kind, json)
    {
        let text = format!("This is not a valid {kind}");
        return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
    }
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
        "Batch" => return relate_all(&path, json, &mut change.relations),
        unknown => return Err(unsupported(unknown)),
    };
    change.update.ops.push((path, field_op));
    Ok(())
}

fn unsupported(op: &str) -> ParseError {
    let text = format!("The {op} operator is not supported yet.");
    ParseError::new(ErrorCode::COMMAND_UNAVAILABLE, text)
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

/// Several changes of one relation; no other ops come in batches.
fn relate_all(
    path: &FieldPath,
    json: &Json,
    relations: &mut Vec<RelationChange>,
) -> Result<(), ParseError> {
    let ops = json.get("ops").and_then(Json::as_array);
    let ops = ops.filter(|ops| !ops.is_empty() && ops.len() <= MAX_FIELDS);
    for json in ops.ok_or_else(|| unsupported("Batch"))? {
        let op = json.get("__op").and_then(Json::as_str);
        let op = op.filter(|op| matches!(*op, "AddRelation" | "RemoveRelation"));
        relate(
            path,
            op.ok_or_else(|| unsupported("Batch"))?,
            json,
            relations,
        )?;
    }
    Ok(())
}

fn relate(
    path: &FieldPath,
    op: &str,
    json: &Json,
    relations: &mut Vec<RelationChange>,
) -> Result<(), ParseError> {
    if path.is_nested() {
        let text = format!("Invalid field name: {path}.");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
    }
    let invalid = || ParseError::new(ErrorCode::INCORRECT_TYPE, "This is not a valid Relation");
    let objects = json.get("objects").and_then(Json::as_array);
    let objects = objects.ok_or_else(invalid)?;
    let Some(first) = objects.first() else {
        return Ok(());
    };
    let text = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    let target = ClassName::parse(&text(first, "className").ok_or_else(invalid)?)?;
    let ids = objects.iter().filter_map(|json| text(json, "objectId"));
    let ids: Vec<ObjectId> = ids.map(ObjectId::new).collect();
    let (add, remove) = if op == "AddRelation" {
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
/// what was there. Of an object into which a path leads it names what the path leads to.
pub fn computed_fields(update: &Update, after: &Fields) -> Fields {
    let mut computed = Fields::new();
    for (path, op) in &update.ops {
        if matches!(op, FieldOp::Set(_) | FieldOp::Unset) {
            continue;
        }
        if let Some(value) = value_at(after, path) {
            put(&mut computed, path, value);
        }
    }
    computed
}

fn put(computed: &mut Fields, path: &FieldPath, value: &ParseValue) {
    let mut segments = path.segments().peekable();
    let mut fields = computed;
    while let Some(segment) = segments.next() {
        if segments.peek().is_none() {
            fields.insert(segment.to_owned(), value.clone());
            return;
        }
        let next = fields
            .entry(segment.to_owned())
            .or_insert_with(|| ParseValue::Object(Fields::new()));
        let ParseValue::Object(inner) = next else {
            return;
        };
        fields = inner;
    }
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
    fn answers_name_what_ops_made() {
        let body = json!({"o.a": {"__op": "Increment", "amount": 1}, "n": 5});
        let update = read(&body).unwrap().update;
        let after = crate::domain::value::json::fields_from_json(
            json!({"o": {"a": 2, "b": 3}, "n": 5}).as_object().unwrap(),
        );
        let told = computed_fields(&update, &after.unwrap());
        let told = crate::domain::value::json::fields_to_json(&told);
        assert_eq!(Json::Object(told), json!({"o": {"a": 2}}));
    }

    #[test]
    fn relations_are_taken_apart_from_values() {
        let pointer = json!({"__type": "Pointer", "className": "Post", "objectId": "p"});
        let change =
            read(&json!({"likes": {"__op": "AddRelation", "objects": [pointer]}, "n": 1})).unwrap();
        assert_eq!(change.relations[0].add, [ObjectId::new("p")]);
        assert_eq!(change.update.ops.len(), 1);
    }

    #[test]
    fn there_are_no_relations_within_objects() {
        let pointer = json!({"__type": "Pointer", "className": "Post", "objectId": "p"});
        for op in ["AddRelation", "RemoveRelation"] {
            let body = json!({"o.likes": {"__op": op, "objects": [pointer]}});
            assert_eq!(read(&body).unwrap_err().code, ErrorCode::INVALID_KEY_NAME);
        }
    }
}
