//! Finds, gets and counts objects of any class.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{Failure, include_pointers, resolve_where};
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::json::object_to_json;
use crate::domain::object::selection::Selection;
use crate::domain::permissions::{self, Operation};
use crate::domain::protected_fields;
use crate::domain::query::parse::{filter_from_json, order_from_text};
use crate::domain::query::{Filter, Query};
use crate::domain::schema::ClassSchema;
use crate::domain::value::ParseValue;
use crate::node::Node;

/// Which fields and which included objects an answer has.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub keys: Option<String>,
    pub exclude_keys: Option<String>,
    pub include: Option<String>,
    pub include_all: bool,
}

/// A find as a client asks for it.
#[derive(Debug, Clone)]
pub struct FindRequest {
    pub class: String,
    pub filter: Json,
    pub order: Option<String>,
    pub skip: u64,
    pub limit: u64,
    pub count: bool,
    pub shape: Shape,
}

impl FindRequest {
    pub fn new(class: &str, filter: Json, limit: u64) -> Self {
        let shape = Shape::default();
        Self {
            class: class.to_owned(),
            filter,
            order: None,
            skip: 0,
            limit,
            count: false,
            shape,
        }
    }
}

#[derive(Debug, Default)]
pub struct Found {
    pub results: Vec<Map<String, Json>>,
    pub count: Option<u64>,
}

pub async fn find_objects(
    node: &Node,
    caller: &Caller,
    request: FindRequest,
) -> Result<Found, Failure> {
    class_rules::check(&request.class, Deed::Find, caller.is_unrestricted())?;
    // A class whose name nobody can have is as empty as one that was never written.
    let Ok(class) = ClassName::parse(&request.class) else {
        return Ok(Found {
            results: Vec::new(),
            count: request.count.then_some(0),
        });
    };
    let schema = node.schema_or_empty(&class).await?;
    check_permission(caller, &schema, Operation::Find)?;
    if request.count {
        check_permission(caller, &schema, Operation::Count)?;
    }
    let query = query_of(node, caller, &class, &request).await?;
    let count = if request.count {
        Some(node.storage.count(&query).await?)
    } else {
        None
    };
    let mut results = Vec::new();
    if request.limit > 0 {
        let objects = node.storage.find(&query).await?;
        results.extend(objects.iter().map(|object| object_to_json(object, &schema)));
        finish(node, caller, &schema, &request.shape, &mut results).await?;
    }
    Ok(Found { results, count })
}

/// One object, as the caller may see it.
pub async fn get_object(
    node: &Node,
    caller: &Caller,
    class: &str,
    id: &ObjectId,
    shape: &Shape,
) -> Result<Map<String, Json>, Failure> {
    class_rules::check(class, Deed::Get, caller.is_unrestricted())?;
    let class = ClassName::parse(class).map_err(|_| ParseError::object_not_found())?;
    let schema = node.schema_or_empty(&class).await?;
    check_permission(caller, &schema, Operation::Get)?;
    let object = node
        .storage
        .get(&class, id, &caller.access())
        .await?
        .ok_or_else(ParseError::object_not_found)?;
    if class == ClassName::SESSION && !caller.is_unrestricted() {
        let owner = object.get("user").and_then(ParseValue::as_pointer);
        let user = caller.user().ok_or_else(session_needed)?;
        owner
            .filter(|owner| owner.id == user.id)
            .ok_or_else(ParseError::object_not_found)?;
    }
    let mut results = vec![object_to_json(&object, &schema)];
    finish(node, caller, &schema, shape, &mut results).await?;
    let mut json = results.swap_remove(0);
    if let Some(session) = caller
        .session
        .as_ref()
        .filter(|_| class == ClassName::USER && caller.is_user(id))
    {
        json.insert("sessionToken".to_owned(), session.token.clone().into());
    }
    Ok(json)
}

async fn query_of(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    request: &FindRequest,
) -> Result<Query, Failure> {
    let order = order_from_text(request.order.as_deref().unwrap_or_default())?;
    protected_fields::check_order(class, caller.is_unrestricted(), &order)?;
    let filter = if is_empty(&request.filter) {
        Filter::everything()
    } else {
        protected_fields::check_filter(class, caller.is_unrestricted(), &request.filter)?;
        let resolved = resolve_where::resolve(node, caller, class, request.filter.clone()).await?;
        filter_from_json(&resolved, node.now())?
    };
    let filter = if *class == ClassName::SESSION && !caller.is_unrestricted() {
        let user = caller.user().ok_or_else(session_needed)?;
        let own = Filter::equal(
            FieldPath::internal("user"),
            ParseValue::pointer(&ClassName::USER, &user.id),
        );
        Filter::And(vec![own, filter])
    } else {
        filter
    };
    let (access, limit) = (caller.access(), Some(request.limit));
    Ok(Query {
        class: class.clone(),
        filter,
        access,
        order,
        skip: request.skip,
        limit,
    })
}

fn is_empty(filter: &Json) -> bool {
    filter.is_null() || filter.as_object().is_some_and(Map::is_empty)
}

fn session_needed() -> ParseError {
    ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, "Permission denied")
}

pub(super) fn check_permission(
    caller: &Caller,
    schema: &ClassSchema,
    operation: Operation,
) -> Result<(), ParseError> {
    if caller.is_unrestricted() {
        return Ok(());
    }
    permissions::check(schema, operation, &caller.grants())
}

/// Takes away what the caller may not see, includes what it asked for, leaves the fields that it asked for.
async fn finish(
    node: &Node,
    caller: &Caller,
    schema: &Arc<ClassSchema>,
    shape: &Shape,
    results: &mut Vec<Map<String, Json>>,
) -> Result<(), Failure> {
    if !caller.is_unrestricted() {
        let user = caller.user().map(|user| &user.id);
        results
            .iter_mut()
            .for_each(|result| protected_fields::remove(&schema.class, user, result));
    }
    let selection = Selection::new(shape.keys.as_deref(), shape.exclude_keys.as_deref());
    let paths = include_pointers::paths(schema, shape, &selection)?;
    if !paths.is_empty() {
        let whole = std::mem::take(results)
            .into_iter()
            .map(Json::Object)
            .collect();
        let included = include_pointers::include(node, caller, whole, &paths).await?;
        results.extend(included.into_iter().filter_map(|json| match json {
            Json::Object(map) => Some(map),
            _ => None,
        }));
    }
    results
        .iter_mut()
        .for_each(|result| selection.apply(result));
    Ok(())
}

/// The objects with these ids that the caller may read, as included or sub-queried ones.
pub(super) async fn find_by_ids(
    node: &Node,
    caller: &Caller,
    class: &str,
    ids: Vec<Json>,
) -> Result<Vec<Map<String, Json>>, Failure> {
    let limit = ids.len() as u64;
    let request = FindRequest::new(class, json!({"objectId": {"$in": ids}}), limit);
    Ok(Box::pin(find_objects(node, caller, request)).await?.results)
}
