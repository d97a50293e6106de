//! Class-level permissions: who may find, get, create, ... in a class at all, and who only in objects that point to it.

use serde_json::Value as Json;

use super::acl::PUBLIC;
use super::error::{ErrorCode, ParseError};
use super::names::{ClassName, FieldPath, ObjectId};
use super::query::Filter;
use super::schema::ClassSchema;
use super::value::ParseValue;

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
    /// `addField` by the creation of an object, which points to nobody yet.
    AddFieldToNew,
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
            Self::AddField | Self::AddFieldToNew => "addField",
        }
    }

    /// The list of fields that open the operation, whichever it is, to whom they point.
    fn list_of_fields(self) -> &'static str {
        match self {
            Self::Find | Self::Count | Self::Get => "readUserFields",
            _ => "writeUserFields",
        }
    }
}

/// The user among grants: neither everyone nor a role.
pub fn user_of(grants: &[String]) -> Option<&str> {
    let mut users = grants
        .iter()
        .map(String::as_str)
        .filter(|grant| *grant != PUBLIC && !grant.starts_with("role:"));
    users.next()
}

/// What the class allows these grants (`*`, a user id, `role:NAME`): `None` is everything, a filter is only what
/// matches it. Refuses what it allows nowhere.
pub fn gate(
    schema: &ClassSchema,
    operation: Operation,
    grants: &[String],
) -> Result<Option<Filter>, ParseError> {
    let Some(permissions) = &schema.permissions else {
        return Ok(None);
    };
    let allowed = &permissions[operation.key()];
    let grants_one = |grant: &String| allowed.get(grant).is_some_and(|truth| truth == true);
    if grants.iter().any(grants_one) {
        return Ok(None);
    }
    let own = &allowed["pointerFields"];
    let listed = &permissions[operation.list_of_fields()];
    let has_any = |fields: &Json| fields.as_array().is_some_and(|fields| !fields.is_empty());
    if allowed["requiresAuthentication"] == true {
        if user_of(grants).is_none() {
            return Err(ParseError::denied(
                ErrorCode::OBJECT_NOT_FOUND,
                "Permission denied, user needs to be authenticated.",
            ));
        }
    } else {
        let is_open = operation != Operation::Create
            && (has_any(listed) || has_any(own) && operation != Operation::AddFieldToNew);
        if !is_open {
            return Err(ParseError::forbidden(format!(
                "Permission denied for action {} on class {}.",
                operation.key(),
                schema.class
            )));
        }
    }
    let fields = [own, listed]
        .into_iter()
        .filter_map(Json::as_array)
        .flatten();
    let fields: Vec<&str> = fields.filter_map(Json::as_str).collect();
    Ok((!fields.is_empty()).then(|| pointing_to(user_of(grants), &fields)))
}

/// The objects of which one of the fields holds a pointer to the user.
fn pointing_to(user: Option<&str>, fields: &[&str]) -> Filter {
    let Some(user) = user else {
        return Filter::Or(Vec::new());
    };
    let pointer = ParseValue::pointer(&ClassName::USER, &ObjectId::new(user));
    let paths = fields
        .iter()
        .filter_map(|field| FieldPath::parse(field).ok());
    let mut points: Vec<Filter> = paths
        .map(|path| Filter::equal(path, pointer.clone()))
        .collect();
    if points.len() == 1 {
        return points.swap_remove(0);
    }
    Filter::Or(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema(permissions: Json) -> ClassSchema {
        ClassSchema {
            permissions: Some(permissions),
            ..ClassSchema::new(ClassName::internal("Sch"))
        }
    }

    fn grants(own: &[&str]) -> Vec<String> {
        own.iter().map(|grant| (*grant).to_owned()).collect()
    }

    #[test]
    fn only_who_is_listed_may() {
        let schema =
            schema(json!({"find": {"role:court": true}, "get": {"requiresAuthentication": true}}));
        let check = |operation, own: &[&str]| gate(&schema, operation, &grants(own));
        let refusal = |operation, own: &[&str]| {
            let error = check(operation, own).unwrap_err();
            (error.code.0, error.detail.unwrap())
        };
        assert_eq!(check(Operation::Find, &["*", "u", "role:court"]), Ok(None));
        assert_eq!(
            refusal(Operation::Find, &["*", "u"]),
            (
                119,
                "Permission denied for action find on class Sch.".to_owned()
            )
        );
        assert_eq!(refusal(Operation::Get, &["*"]).0, 101);
        assert_eq!(check(Operation::Get, &["*", "u"]), Ok(None));
        assert_eq!(refusal(Operation::Delete, &["*"]).0, 119);
    }

    #[test]
    fn fields_open_a_class_to_whom_they_point() {
        let schema = schema(json!({
            "get": {"pointerFields": ["owner"]},
            "create": {"pointerFields": ["owner"]},
            "addField": {"pointerFields": ["owner"]},
            "readUserFields": ["team"],
        }));
        let pointing = |field: &'static str| {
            let user = ParseValue::pointer(&ClassName::USER, &ObjectId::new("u"));
            Filter::equal(FieldPath::internal(field), user)
        };
        let user = grants(&["*", "u"]);
        assert_eq!(
            gate(&schema, Operation::Find, &user),
            Ok(Some(pointing("team")))
        );
        assert_eq!(
            gate(&schema, Operation::Get, &user),
            Ok(Some(Filter::Or(vec![pointing("owner"), pointing("team")])))
        );
        assert_eq!(
            gate(&schema, Operation::Find, &grants(&["*"])),
            Ok(Some(Filter::Or(Vec::new())))
        );
        assert!(gate(&schema, Operation::Create, &user).is_err());
        assert!(gate(&schema, Operation::AddField, &user).is_ok());
        assert!(gate(&schema, Operation::AddFieldToNew, &user).is_err());
        assert!(gate(&schema, Operation::Update, &user).is_err());
    }
}
