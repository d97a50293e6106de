//! Classes for the master key: list, create, change, remove, empty.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Failure;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, is_plain_name};
use crate::domain::permissions;
use crate::domain::query::{Filter, Query};
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// Classes that every installation has from the start.
const BUILT_IN: &[ClassName] = &[
    ClassName::USER,
    ClassName::ROLE,
    ClassName::SESSION,
    ClassName::INSTALLATION,
];

fn does_not_exist(class: &str) -> ParseError {
    ParseError::new(
        ErrorCode::INVALID_CLASS_NAME,
        format!("Class {class} does not exist."),
    )
}

fn invalid_operation(text: String) -> ParseError {
    ParseError::new(ErrorCode::INVALID_SCHEMA_OPERATION, text)
}

/// Every class, the built-in ones first. Classes that only the service knows are left out.
pub async fn list(node: &Node) -> Result<Vec<Json>, Failure> {
    let mut stored: BTreeMap<ClassName, ClassSchema> = BTreeMap::new();
    for schema in node.storage.schemas().await? {
        stored.insert(schema.class.clone(), schema);
    }
    let built_in = BUILT_IN.iter().map(|class| {
        stored
            .remove(class)
            .unwrap_or_else(|| ClassSchema::new(class.clone()))
    });
    let mut all: Vec<ClassSchema> = built_in.collect();
    all.extend(
        stored
            .into_values()
            .filter(|schema| ClassName::parse(schema.class.as_str()).is_ok()),
    );
    Ok(all.iter().map(ClassSchema::to_json).collect())
}

pub async fn get(node: &Node, class: &str) -> Result<Json, Failure> {
    Ok(existing(node, class).await?.to_json())
}

async fn existing(node: &Node, name: &str) -> Result<ClassSchema, Failure> {
    let class = ClassName::parse(name).map_err(|_| does_not_exist(name))?;
    let stored = node.storage.schema(&class).await?;
    let built_in = BUILT_IN.contains(&class).then(|| ClassSchema::new(class));
    Ok(stored.or(built_in).ok_or_else(|| does_not_exist(name))?)
}

/// Creates a class; the name is in the path, the body, or both.
pub async fn create(
    node: &Node,
    caller: &Caller,
    path: Option<&str>,
    body: &Map<String, Json>,
) -> Result<Json, Failure> {
    caller.check_may_write()?;
    let in_body = body.get("className").and_then(Json::as_str);
    let name = match (path, in_body) {
        (Some(path), Some(body)) if path != body => {
            let text = format!("Class name mismatch between {body} and {path}.");
            return Err(ParseError::new(ErrorCode::INVALID_CLASS_NAME, text).into());
        }
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => {
            return Err(ParseError::new(
                ErrorCode::CLASS_NAME_MISSING,
                "POST /schemas needs a class name.",
            )
            .into());
        }
    };
    let class = ClassName::parse(name)?;
    if node.storage.schema(&class).await?.is_some() {
        return Err(ParseError::new(
            ErrorCode::INVALID_CLASS_NAME,
            format!("Class {class} already exists."),
        )
        .into());
    }
    let fields = added_fields(&class, body.get("fields"))?;
    let permissions = given_permissions(body)?;
    let mut schema = node.storage.extend_schema(&class, fields).await?;
    if permissions.is_some() {
        node.storage
            .set_permissions(&class, permissions.clone())
            .await?;
        schema.permissions = permissions;
    }
    Ok(node.remember_schema(schema).to_json())
}

/// Adds and removes fields, sets permissions.
pub async fn change(
    node: &Node,
    caller: &Caller,
    name: &str,
    body: &Map<String, Json>,
) -> Result<Json, Failure> {
    caller.check_may_write()?;
    let schema = existing(node, name).await?;
    let class = schema.class.clone();
    let (mut removed, mut added) = (Vec::new(), Map::new());
    for (field, change) in body
        .get("fields")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        if change.get("__op").is_some_and(|op| op == "Delete") {
            if !schema.fields.contains_key(field) {
                return Err(invalid_operation(format!(
                    "Field {field} does not exist, cannot delete."
                ))
                .into());
            }
            removed.push(field.clone());
        } else {
            let is_same = schema
                .field(field)
                .is_some_and(|kind| kind.to_json()["type"] == change["type"]);
            if schema.field(field).is_some() && !is_same {
                return Err(
                    invalid_operation(format!("Field {field} exists, cannot update.")).into(),
                );
            }
            if !is_same {
                added.insert(field.clone(), change.clone());
            }
        }
    }
    let fields = added_fields(&class, Some(&Json::Object(added)))?;
    let permissions = given_permissions(body)?;
    if !removed.is_empty() {
        node.storage.remove_fields(&class, &removed).await?;
    }
    let mut changed = node.storage.extend_schema(&class, fields).await?;
    if permissions.is_some() {
        node.storage
            .set_permissions(&class, permissions.clone())
            .await?;
        changed.permissions = permissions;
    }
    Ok(node.remember_schema(changed).to_json())
}

fn given_permissions(body: &Map<String, Json>) -> Result<Option<Json>, ParseError> {
    body.get("classLevelPermissions")
        .map(permissions::normalise)
        .transpose()
}

fn added_fields(
    class: &ClassName,
    fields: Option<&Json>,
) -> Result<BTreeMap<String, FieldType>, ParseError> {
    let mut added = BTreeMap::new();
    for (name, kind) in fields.and_then(Json::as_object).into_iter().flatten() {
        if !is_plain_name(name) || name == "length" {
            return Err(ParseError::new(
                ErrorCode::INVALID_KEY_NAME,
                format!("invalid field name: {name}"),
            ));
        }
        if defaults::column(class, name).is_some() || name == "ACL" {
            // The code that parse-server answers here has no name in the SDKs.
            return Err(ParseError::new(
                ErrorCode(136),
                format!("field {name} cannot be added"),
            ));
        }
        added.insert(name.clone(), FieldType::from_json(kind)?);
    }
    Ok(added)
}

/// Removes a class that is empty.
pub async fn remove(node: &Node, caller: &Caller, name: &str) -> Result<(), Failure> {
    caller.check_may_write()?;
    let class = ClassName::parse(name)?;
    let count = node.storage.count(&Query::all(class.clone())).await?;
    if count > 0 {
        let text =
            format!("Class {class} is not empty, contains {count} objects, cannot drop schema.");
        return Err(invalid_operation(text).into());
    }
    node.storage.remove_class(&class).await?;
    node.forget_schema(&class);
    Ok(())
}

/// Deletes every object of a class.
pub async fn purge(node: &Node, caller: &Caller, name: &str) -> Result<(), Failure> {
    caller.check_may_write()?;
    crate::domain::class_rules::check(
        name,
        crate::domain::class_rules::Deed::Delete,
        caller.is_master(),
    )?;
    let class = ClassName::parse(name)?;
    let write = Write::DeleteWhere {
        class: class.clone(),
        filter: Filter::everything(),
    };
    node.commit(Transaction::default().write(write)).await?;
    if class == ClassName::SESSION || class == ClassName::USER {
        node.sessions.forget_all();
    }
    Ok(())
}
