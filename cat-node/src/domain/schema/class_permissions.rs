//! Class-level permissions as they are given: which forms are refused, and what the ones that are taken mean in full.

use serde_json::{Map, Value as Json, json};

use super::FieldType;
use super::defaults;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::javascript_text::javascript_text;
use crate::domain::names::ClassName;

/// The operations that are closed when a class's permissions do not list them.
const OPERATIONS: &[&str] = &[
    "find", "count", "get", "create", "update", "delete", "addField",
];
const POINTER_LISTS: &[&str] = &["readUserFields", "writeUserFields"];
const PROTECTED_FIELDS: &str = "protectedFields";

/// Which ids a user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserIds {
    /// Letters and digits.
    Generated,
    /// Any text.
    Custom,
}

type FieldTypes<'a> = &'a dyn Fn(&str) -> Option<FieldType>;

/// What permissions are checked against.
#[derive(Clone, Copy)]
struct Rules<'a> {
    field: FieldTypes<'a>,
    ids: UserIds,
}

fn invalid(text: String) -> ParseError {
    ParseError::new(ErrorCode::INVALID_JSON, text)
}

/// Permissions when none were set: everyone may do everything that the access lists allow.
pub fn open() -> Json {
    json!({
        "ACL": {"*": {"read": true, "write": true}},
        "find": {"*": true},
        "count": {"*": true},
        "get": {"*": true},
        "create": {"*": true},
        "update": {"*": true},
        "delete": {"*": true},
        "addField": {"*": true},
        "protectedFields": {"*": []},
    })
}

/// Permissions with every operation present: one that was not given is closed.
pub fn complete(given: &Json) -> Json {
    let mut whole: Map<String, Json> = OPERATIONS
        .iter()
        .chain(&[PROTECTED_FIELDS])
        .map(|key| ((*key).to_owned(), json!({})))
        .collect();
    if let Json::Object(given) = given {
        whole.extend(given.clone());
    }
    Json::Object(whole)
}

/// Refuses permissions that mean nothing, in parse-server's words. `field` tells the type of a field of the class,
/// `objectId` and its like left out.
pub fn check(
    given: &Json,
    field: &dyn Fn(&str) -> Option<FieldType>,
    ids: UserIds,
) -> Result<(), ParseError> {
    let rules = Rules { field, ids };
    for (operation, entities) in entries(given) {
        let is_pointer_list = POINTER_LISTS.contains(&operation.as_str());
        let is_known = is_pointer_list
            || OPERATIONS.contains(&operation.as_str())
            || matches!(operation.as_str(), "ACL" | PROTECTED_FIELDS);
        if !is_known {
            let text = format!("{operation} is not a valid operation for class level permissions");
            return Err(invalid(text));
        }
        if is_pointer_list {
            check_pointer_list(&operation, entities, rules)?;
            continue;
        }
        if !entities.is_object() && !entities.is_array() {
            let text = format!(
                "'{}' is not a valid value for class level permissions {operation} - must be an object",
                javascript_text(entities)
            );
            return Err(invalid(text));
        }
        for (entity, value) in entries(entities) {
            if operation == PROTECTED_FIELDS {
                check_protected(&entity, value, rules)?;
            } else {
                check_entity((&operation, entities), &entity, value, rules)?;
            }
        }
    }
    Ok(())
}

/// What JavaScript enumerates in a value: fields, elements, characters.
fn entries(json: &Json) -> Vec<(String, &Json)> {
    match json {
        Json::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Json::Array(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| (index.to_string(), item))
                .collect()
        }
        // Its first character is refused already.
        Json::String(text) if !text.is_empty() => vec![("0".to_owned(), json)],
        _ => Vec::new(),
    }
}

fn check_pointer_list(operation: &str, list: &Json, rules: Rules<'_>) -> Result<(), ParseError> {
    let Json::Array(fields) = list else {
        let text = format!(
            "'{}' is not a valid value for class level permissions {operation} - must be an array",
            javascript_text(list)
        );
        return Err(invalid(text));
    };
    fields
        .iter()
        .try_for_each(|field| check_pointer_field(field, operation, rules))
}

/// Users are named by a pointer to one, or by an array of such pointers.
fn check_pointer_field(field: &Json, operation: &str, rules: Rules<'_>) -> Result<(), ParseError> {
    let name = javascript_text(field);
    match (rules.field)(&name) {
        Some(FieldType::Array) => Ok(()),
        Some(FieldType::Pointer(class)) if class == ClassName::USER => Ok(()),
        _ => Err(invalid(format!(
            "'{name}' is not a valid column for class level pointer permissions {operation}"
        ))),
    }
}

fn check_protected(entity: &str, fields: &Json, rules: Rules<'_>) -> Result<(), ParseError> {
    let is_known = entity == "*"
        || entity == "authenticated"
        || entity.starts_with("role:")
        || entity.starts_with("userField:")
        || is_user_id(entity, rules);
    if !is_known {
        return Err(unknown_entity(entity));
    }
    let Json::Array(fields) = fields else {
        let text = format!(
            "'{}' is not a valid value for protectedFields[{entity}] - expected an array.",
            javascript_text(fields)
        );
        return Err(invalid(text));
    };
    for field in fields {
        let name = javascript_text(field);
        if defaults::is_in_every_class(&name) {
            return Err(invalid(format!(
                "Default field '{name}' can not be protected"
            )));
        }
        if (rules.field)(&name).is_none() {
            let text = format!("Field '{name}' in protectedFields:{entity} does not exist");
            return Err(invalid(text));
        }
    }
    Ok(())
}

fn check_entity(
    (operation, whole): (&str, &Json),
    entity: &str,
    permit: &Json,
    rules: Rules<'_>,
) -> Result<(), ParseError> {
    let is_known = matches!(entity, "*" | "requiresAuthentication" | "pointerFields")
        || entity.starts_with("role:")
        || is_user_id(entity, rules);
    if !is_known {
        return Err(unknown_entity(entity));
    }
    let value = javascript_text(permit);
    if entity == "pointerFields" {
        let Json::Array(fields) = permit else {
            let text = format!(
                "'{value}' is not a valid value for {operation}[{entity}] - expected an array."
            );
            return Err(invalid(text));
        };
        // parse-server names the whole operation where it means its name.
        let named = javascript_text(whole);
        return fields
            .iter()
            .try_for_each(|field| check_pointer_field(field, &named, rules));
    }
    if operation == "ACL" {
        return check_default_acl(permit);
    }
    if *permit == Json::Bool(true) {
        return Ok(());
    }
    Err(invalid(format!(
        "'{value}' is not a valid value for class level permissions acl {operation}:{entity}"
    )))
}

fn check_default_acl(permit: &Json) -> Result<(), ParseError> {
    let acl = "class level permissions acl";
    let Json::Object(rights) = permit else {
        let value = javascript_text(permit);
        return Err(invalid(format!("'{value}' is not a valid value for {acl}")));
    };
    let keys = rights
        .keys()
        .filter(|key| !matches!(key.as_str(), "read" | "write"));
    let keys: Vec<Json> = keys.map(|key| Json::from(key.as_str())).collect();
    if !keys.is_empty() {
        let keys = javascript_text(&Json::Array(keys));
        return Err(invalid(format!("'{keys}' is not a valid key for {acl}")));
    }
    let values: Vec<Json> = rights
        .values()
        .filter(|value| !value.is_boolean())
        .cloned()
        .collect();
    if !values.is_empty() {
        let values = javascript_text(&Json::Array(values));
        return Err(invalid(format!(
            "'{values}' is not a valid value for {acl}"
        )));
    }
    Ok(())
}

fn is_user_id(entity: &str, rules: Rules<'_>) -> bool {
    !entity.is_empty()
        && (rules.ids == UserIds::Custom || entity.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn unknown_entity(entity: &str) -> ParseError {
    invalid(format!(
        "'{entity}' is not a valid key for class level permissions"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(given: &Json) -> Option<String> {
        let field = |name: &str| match name {
            "owner" => Some(FieldType::Pointer(ClassName::USER)),
            "text" => Some(FieldType::String),
            _ => None,
        };
        let error = check(given, &field, UserIds::Generated).err()?;
        assert_eq!(error.code, ErrorCode::INVALID_JSON);
        Some(error.message)
    }

    #[test]
    fn every_form_has_its_refusal() {
        for (given, text) in [
            (
                json!({"fly": {}}),
                "fly is not a valid operation for class level permissions",
            ),
            (
                json!("abc"),
                "0 is not a valid operation for class level permissions",
            ),
            (
                json!({"find": {"*": 1}}),
                "'1' is not a valid value for class level permissions acl find:*",
            ),
            (
                json!({"find": {"a b": true}}),
                "'a b' is not a valid key for class level permissions",
            ),
            (
                json!({"find": 5}),
                "'5' is not a valid value for class level permissions find - must be an object",
            ),
            (
                json!({"readUserFields": {}}),
                "'[object Object]' is not a valid value for class level permissions readUserFields - must be an array",
            ),
            (
                json!({"readUserFields": ["text"]}),
                "'text' is not a valid column for class level pointer permissions readUserFields",
            ),
            (
                json!({"find": {"pointerFields": ["x"]}}),
                "'x' is not a valid column for class level pointer permissions [object Object]",
            ),
            (
                json!({"find": {"pointerFields": "x"}}),
                "'x' is not a valid value for find[pointerFields] - expected an array.",
            ),
            (
                json!({"ACL": {"*": 5}}),
                "'5' is not a valid value for class level permissions acl",
            ),
            (
                json!({"ACL": {"*": {"read": true, "wr": 1}}}),
                "'wr' is not a valid key for class level permissions acl",
            ),
            (
                json!({"ACL": {"*": {"read": 1.5, "write": "x"}}}),
                "'1.5,x' is not a valid value for class level permissions acl",
            ),
            (
                json!({"protectedFields": {"*": ["createdAt"]}}),
                "Default field 'createdAt' can not be protected",
            ),
            (
                json!({"protectedFields": {"*": ["zz"]}}),
                "Field 'zz' in protectedFields:* does not exist",
            ),
            (
                json!({"protectedFields": {"*": "zz"}}),
                "'zz' is not a valid value for protectedFields[*] - expected an array.",
            ),
        ] {
            assert_eq!(refusal(&given).as_deref(), Some(text), "{given}");
        }
    }

    #[test]
    fn what_has_a_meaning_is_taken() {
        for given in [
            json!({}),
            json!(null),
            json!({"find": {"*": true, "role:a b": true, "requiresAuthentication": true, "u1": true}}),
            json!({"get": {"pointerFields": ["owner"]}, "writeUserFields": ["owner"]}),
            json!({"protectedFields": {"*": ["text"], "userField:owner": [], "authenticated": []}}),
            json!({"ACL": {"*": {"read": true}, "currentUser": {"write": false}}}),
        ] {
            assert_eq!(refusal(&given), None, "{given}");
        }
    }

    #[test]
    fn what_is_not_listed_is_closed() {
        assert_eq!(complete(&json!({"find": {"*": true}}))["get"], json!({}));
    }
}
