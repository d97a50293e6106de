//! Class-level permissions: who may find, get, create, ... in a class at all.

use serde_json::Value as Json;

use super::error::{ErrorCode, ParseError};
use super::schema::ClassSchema;

/// An operation as class-level permissions name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Find,
    Count,
    Get,
    Create,
    Update,
    Delete,
    AddField,
}

impl Operation {
    fn key(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::Count => "count",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::AddField => "addField",
        }
    }
}

/// Every operation, in the order that schemas list them.
const OPERATIONS: &[&str] = &[
    "find", "count", "get", "create", "update", "delete", "addField",
];
const OTHER_KEYS: &[&str] = &[
    "ACL",
    "readUserFields",
    "writeUserFields",
    "protectedFields",
];

/// Refuses an operation that the class does not allow these grants (`*`, a user id, `role:NAME`).
pub fn check(
    schema: &ClassSchema,
    operation: Operation,
    grants: &[String],
) -> Result<(), ParseError> {
    let Some(permissions) = &schema.permissions else {
        return Ok(());
    };
    let allowed = &permissions[operation.key()];
    let grants_one = |grant: &String| allowed.get(grant).is_some_and(|truth| truth == true);
    if grants.iter().any(grants_one) {
        return Ok(());
    }
    if allowed
        .get("requiresAuthentication")
        .is_some_and(|truth| truth == true)
    {
        // Who is logged in has a second grant: its own id.
        return if grants.len() > 1 {
            Ok(())
        } else {
            Err(ParseError::new(
                ErrorCode::OBJECT_NOT_FOUND,
                "Permission denied",
            ))
        };
    }
    Err(ParseError::permission_denied())
}

/// Permissions that were given, checked and with every operation present: one that is not listed is closed.
pub fn normalise(given: &Json) -> Result<Json, ParseError> {
    let invalid = |text: String| ParseError::new(ErrorCode::INVALID_JSON, text);
    let given = given
        .as_object()
        .ok_or_else(|| invalid("classLevelPermissions must be an object".to_owned()))?;
    for (key, entities) in given {
        let is_operation = OPERATIONS.contains(&key.as_str());
        if !is_operation && !OTHER_KEYS.contains(&key.as_str()) {
            return Err(invalid(format!(
                "{key} is not a valid operation for class level permissions"
            )));
        }
        for (entity, value) in entities
            .as_object()
            .into_iter()
            .flatten()
            .filter(|_| is_operation)
        {
            if value != true && entity != "pointerFields" {
                let text = format!(
                    "'{value}' is not a valid value for class level permissions {key}:{entity}:{value}"
                );
                return Err(invalid(text));
            }
        }
    }
    let mut normal = given.clone();
    for key in OPERATIONS.iter().chain(&["protectedFields"]) {
        normal
            .entry(*key)
            .or_insert_with(|| Json::Object(serde_json::Map::new()));
    }
    Ok(Json::Object(normal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ClassName;
    use serde_json::json;

    fn schema(permissions: Json) -> ClassSchema {
        ClassSchema {
            permissions: Some(permissions),
            ..ClassSchema::new(ClassName::internal("Sch"))
        }
    }

    #[test]
    fn only_who_is_listed_may() {
        let schema =
            schema(json!({"find": {"role:court": true}, "get": {"requiresAuthentication": true}}));
        let grants = |own: &[&str]| {
            own.iter()
                .map(|grant| (*grant).to_owned())
                .collect::<Vec<_>>()
        };
        assert!(check(&schema, Operation::Find, &grants(&["*", "u", "role:court"])).is_ok());
        assert_eq!(
            check(&schema, Operation::Find, &grants(&["*", "u"]))
                .unwrap_err()
                .code
                .0,
            119
        );
        assert_eq!(
            check(&schema, Operation::Get, &grants(&["*"]))
                .unwrap_err()
                .code
                .0,
            101
        );
        assert!(check(&schema, Operation::Get, &grants(&["*", "u"])).is_ok());
        assert!(check(&schema, Operation::Delete, &grants(&["*"])).is_err());
    }

    #[test]
    fn permissions_are_checked_when_they_are_given() {
        assert!(normalise(&json!({"find": {"*": 1}})).is_err());
        assert!(normalise(&json!({"fly": {"*": true}})).is_err());
        assert_eq!(
            normalise(&json!({"find": {"*": true}})).unwrap()["get"],
            json!({})
        );
    }
}
