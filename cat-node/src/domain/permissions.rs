//! Class-level permissions: who may find, get, create, ... in a class at all.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ClassName;
    use serde_json::{Value as Json, json};

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
}
