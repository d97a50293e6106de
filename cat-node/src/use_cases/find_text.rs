//! The short way of a find or get: the store's own text is the answer, because nothing has to be put into the objects, taken out
//! of them or checked about them. `find_objects` is the way of everything else, and both answer the same.

use std::sync::Arc;

use serde_json::json;

use super::Failure;
use super::find_objects::{FindRequest, Shape, query_of};
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::error::ParseError;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::schema::ClassSchema;
use crate::node::Node;

/// The results as a JSON array; `None` when they have to be gone through.
pub async fn find_text(
    node: &Node,
    caller: &Caller,
    request: &FindRequest,
) -> Result<Option<String>, Failure> {
    // Every wish is listed, so that a new one cannot be overlooked here.
    let FindRequest {
        class,
        filter: _,
        order,
        skip: _,
        limit,
        count,
        shape,
        redirect,
        is_get: _,
        options,
        explain,
    } = request;
    let is_by_score = order.as_deref().is_some_and(|order| order.contains('$'));
    let is_special = is_by_score || redirect.is_some() || explain.is_some();
    if *count || *limit == 0 || is_special || options.hint.is_some() || !shape.is_whole() {
        return Ok(None);
    }
    let Some(schema) = open_class(node, caller, class, Deed::Find).await? else {
        return Ok(None);
    };
    let query = query_of(node, caller, &schema, request).await?;
    Ok(node.storage.find_text(&query).await?)
}

/// One object as JSON text; `None` when it has to be gone through.
pub async fn get_text(
    node: &Node,
    caller: &Caller,
    class: &str,
    id: &ObjectId,
    shape: &Shape,
) -> Result<Option<String>, Failure> {
    if !shape.is_whole() {
        return Ok(None);
    }
    let Some(schema) = open_class(node, caller, class, Deed::Get).await? else {
        return Ok(None);
    };
    let request = FindRequest::new(class, json!({"objectId": id.as_str()}), 1);
    let query = query_of(node, caller, &schema, &request).await?;
    let Some(text) = node.storage.find_text(&query).await? else {
        return Ok(None);
    };
    let object = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .filter(|object| !object.is_empty());
    let object = object.ok_or_else(ParseError::object_not_found)?;
    Ok(Some(object.to_owned()))
}

/// The class, when it is one of the application's own, open to everyone, and hides nothing.
async fn open_class(
    node: &Node,
    caller: &Caller,
    name: &str,
    deed: Deed,
) -> Result<Option<Arc<ClassSchema>>, Failure> {
    class_rules::check(name, deed, caller.is_unrestricted())?;
    let Ok(class) = ClassName::parse(name) else {
        return Ok(None);
    };
    if class.is_system() || node.settings.protected_fields.contains_key(name) {
        return Ok(None);
    }
    let schema = node.schema(&class).await?;
    Ok(schema.filter(|schema| schema.permissions.is_none()))
}

impl Shape {
    /// Whether objects are answered as they are.
    fn is_whole(&self) -> bool {
        let Self {
            keys,
            exclude_keys,
            include,
            include_all,
        } = self;
        let is_empty = |list: &Option<String>| list.as_deref().unwrap_or_default().is_empty();
        // An empty list of keys is not the same as none.
        keys.is_none() && is_empty(exclude_keys) && is_empty(include) && !include_all
    }
}
