//! Classes for the master key: list, create, change, remove, empty.

use serde_json::{Map, Value as Json};

use super::Failure;
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::javascript_text::javascript_text;
use crate::domain::names::ClassName;
use crate::domain::query::{Filter, Query};
use crate::domain::schema::change::SchemaChange;
use crate::domain::schema::change::read::{self, Rules};
use crate::domain::schema::class_permissions::UserIds;
use crate::domain::schema::{ClassSchema, defaults};
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// Classes that every installation has from the start.
const BUILT_IN: &[ClassName] = &[ClassName::USER, ClassName::ROLE];

fn invalid_class(text: String) -> ParseError {
    ParseError::new(ErrorCode::INVALID_CLASS_NAME, text)
}

fn does_not_exist(class: &str) -> ParseError {
    invalid_class(format!("Class {class} does not exist."))
}

fn is_volatile(class: &ClassName) -> bool {
    defaults::VOLATILE.contains(&class.as_str())
}

fn rules(node: &Node) -> Rules {
    let user_ids = if node.settings.allow_custom_object_id {
        UserIds::Custom
    } else {
        UserIds::Generated
    };
    Rules {
        user_ids,
        check_index_fields: !node
            .settings
            .database_options
            .disable_index_field_validation,
    }
}

/// The operator may keep the definition of classes to itself.
fn check_unlocked(node: &Node) -> Result<(), ParseError> {
    let schema = node.settings.schema.as_ref();
    if schema.is_some_and(|schema| schema.lock_schemas) {
        return Err(ParseError::new(
            ErrorCode::OPERATION_FORBIDDEN,
            "Cannot perform this operation when schemas options is used.",
        ));
    }
    Ok(())
}

/// Every class, the built-in ones first. Classes that only the service knows are left out.
pub async fn list(node: &Node) -> Result<Vec<Json>, Failure> {
    let all = schemas(node).await?;
    Ok(all.iter().map(ClassSchema::to_json).collect())
}

pub(super) async fn schemas(node: &Node) -> Result<Vec<ClassSchema>, Failure> {
    let mut stored = node.storage.schemas().await?;
    stored.retain(|schema| {
        ClassName::parse(schema.class.as_str()).is_ok() && !is_volatile(&schema.class)
    });
    let mut all = Vec::with_capacity(stored.len() + BUILT_IN.len());
    for class in BUILT_IN {
        let position = stored.iter().position(|schema| schema.class == *class);
        let schema = position.map(|position| stored.remove(position));
        all.push(schema.unwrap_or_else(|| ClassSchema::new(class.clone())));
    }
    all.extend(stored);
    Ok(all)
}

pub async fn get(node: &Node, class: &str) -> Result<Json, Failure> {
    let volatile = ClassName::parse(class).ok().filter(is_volatile);
    match volatile {
        Some(class) => Ok(ClassSchema::new(class).to_json()),
        None => Ok(existing(node, class).await?.to_json()),
    }
}

async fn existing(node: &Node, name: &str) -> Result<ClassSchema, Failure> {
    let class = ClassName::parse(name).map_err(|_| does_not_exist(name))?;
    if is_volatile(&class) {
        return Err(does_not_exist(name).into());
    }
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
    check_unlocked(node)?;
    caller.check_may("create a schema")?;
    let name = class_of(path, body)?.ok_or_else(|| {
        ParseError::new(
            ErrorCode::CLASS_NAME_MISSING,
            "POST /schemas needs a class name.",
        )
    })?;
    let class = new_class(&name)?;
    Ok(make(node, &class, body).await?.to_json())
}

/// Makes a class out of its definition.
pub(super) async fn make(
    node: &Node,
    class: &ClassName,
    body: &Map<String, Json>,
) -> Result<ClassSchema, Failure> {
    let already = || invalid_class(format!("Class {class} already exists."));
    let is_built_in = BUILT_IN.contains(class) || is_volatile(class);
    if is_built_in || node.storage.schema(class).await?.is_some() {
        return Err(already().into());
    }
    let change = read::creation(class, body, rules(node))?;
    match apply(node, class, change).await {
        Err(StorageError::Duplicate { .. }) => Err(already().into()),
        other => Ok(other?),
    }
}

async fn apply(
    node: &Node,
    class: &ClassName,
    change: SchemaChange,
) -> Result<ClassSchema, StorageError> {
    let schema = node.storage.change_schema(class, change).await?;
    node.remember_schema(schema.clone());
    Ok(schema)
}

fn new_class(name: &str) -> Result<ClassName, ParseError> {
    match name {
        "length" | "className" => Err(invalid_class(format!(
            "Invalid classname: {name}, classnames can only have alphanumeric characters and _, and must start with an alpha character "
        ))),
        _ => ClassName::parse(name),
    }
}

fn class_of(path: Option<&str>, body: &Map<String, Json>) -> Result<Option<String>, ParseError> {
    let in_body = match body.get("className") {
        None | Some(Json::Null | Json::Bool(false)) => None,
        Some(name) => Some(javascript_text(name)).filter(|name| !name.is_empty()),
    };
    match (path, in_body) {
        (Some(path), Some(body)) if path != body => Err(invalid_class(format!(
            "Class name mismatch between {body} and {path}."
        ))),
        (Some(path), _) => Ok(Some(path.to_owned())),
        (None, body) => Ok(body),
    }
}

/// Adds and removes fields and indexes, sets permissions and options.
pub async fn change(
    node: &Node,
    caller: &Caller,
    name: &str,
    body: &Map<String, Json>,
) -> Result<Json, Failure> {
    check_unlocked(node)?;
    caller.check_may("update a schema")?;
    class_of(Some(name), body)?;
    let schema = existing(node, name).await?;
    Ok(alter(node, &schema, body).await?.to_json())
}

/// Changes a class as the body says.
pub(super) async fn alter(
    node: &Node,
    schema: &ClassSchema,
    body: &Map<String, Json>,
) -> Result<ClassSchema, Failure> {
    let change = read::alteration(schema, body, rules(node))?;
    Ok(apply(node, &schema.class, change).await?)
}

/// Removes a class that is empty; one that is not there is as good as removed.
pub async fn remove(node: &Node, caller: &Caller, name: &str) -> Result<(), Failure> {
    caller.check_may("delete a schema")?;
    let class = new_class(name)?;
    class_rules::check(name, Deed::Delete, caller.is_master())?;
    let count = node.storage.count(&Query::all(class.clone())).await?;
    if count > 0 {
        let text =
            format!("Class {class} is not empty, contains {count} objects, cannot drop schema.");
        return Err(ParseError::new(ErrorCode::INVALID_SCHEMA_OPERATION, text).into());
    }
    node.storage.remove_class(&class).await?;
    node.forget_schema(&class);
    Ok(())
}

/// Deletes every object of a class; one that is not there is as good as empty.
pub async fn purge(node: &Node, caller: &Caller, name: &str) -> Result<(), Failure> {
    caller.check_may("purge a schema")?;
    class_rules::check(name, Deed::Delete, caller.is_master())?;
    let Ok(class) = ClassName::parse(name) else {
        return Ok(());
    };
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
