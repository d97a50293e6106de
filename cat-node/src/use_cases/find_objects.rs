//! Finds, gets and counts objects of any class.

use serde_json::{Map, Value as Json, json};

use super::readable_class::{ReadableClass, check_exists};
use super::{
    Failure, best_matches, include_pointers, request_complexity, resolve_where, show_auth_data,
};
use crate::caller::Caller;
use crate::domain::auth_data;
use crate::domain::class_rules::{self, Deed};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::object_to_json;
use crate::domain::object::selection::Selection;
use crate::domain::permissions::{self, Operation};
use crate::domain::query::parse::{asks_for_score, filter_for_class, order_from_text};
use crate::domain::query::read_options::{Explain, ReadOptions};
use crate::domain::query::{Filter, Query};
use crate::domain::schema::{ClassSchema, FieldType};
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
    /// The relation field whose target class is asked instead.
    pub redirect: Option<String>,
    /// Whether class-level permissions see single objects being got.
    pub is_get: bool,
    pub options: ReadOptions,
    /// Asks how the database would answer, instead of the answer.
    pub explain: Option<Explain>,
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
            redirect: None,
            is_get: false,
            options: ReadOptions::default(),
            explain: None,
        }
    }

    /// A find by nothing but an id is a get, as in parse-server.
    fn operation(&self) -> Operation {
        let by_id = self.filter.as_object().is_some_and(|filter| {
            filter.len() == 1 && filter.get("objectId").is_some_and(Json::is_string)
        });
        if self.is_get || by_id {
            Operation::Get
        } else {
            Operation::Find
        }
    }
}

#[derive(Debug, Default)]
pub struct Found {
    pub results: Vec<Map<String, Json>>,
    pub count: Option<u64>,
    /// The class that was asked.
    pub class: String,
    /// The plan, when that was asked for.
    pub explained: Option<Json>,
}

pub async fn find_objects(
    node: &Node,
    caller: &Caller,
    mut request: FindRequest,
) -> Result<Found, Failure> {
    class_rules::check(&request.class, Deed::Find, caller.is_unrestricted())?;
    if let Some(key) = request.redirect.take() {
        redirect(node, caller, &mut request, &key).await?;
    }
    // A class whose name nobody can have is as empty as one that was never written.
    let Ok(class) = ClassName::parse(&request.class) else {
        check_exists(node, caller, &request.class)?;
        return Ok(Found {
            results: Vec::new(),
            count: request.count.then_some(0),
            class: request.class,
            explained: None,
        });
    };
    let readable = ReadableClass::open(node, caller, &class).await?;
    let order = request.order.as_deref().unwrap_or_default();
    let limits = &node.settings.request_complexity;
    request_complexity::check_includes(limits, caller, &readable.schema, &request.shape)?;
    readable.check_query(&request.filter, order)?;
    let query = query_of(node, caller, &readable.schema, &request).await?;
    if let Some(explain) = request.explain {
        let query = query.and(readable.gate(request.operation())?);
        return Ok(Found {
            explained: Some(node.storage.explain(&query, explain).await?),
            ..Found::default()
        });
    }
    let mut results = Vec::new();
    // Who asks for no objects needs no permission to find some.
    if request.limit > 0 {
        let query = query.clone().and(readable.gate(request.operation())?);
        results = json_of(
            &found(node, &query, order).await?,
            &readable.schema,
            &query,
            &request.shape,
        );
        finish(node, caller, &readable, &request.shape, &mut results).await?;
    }
    let count = count(node, &readable, &request, &query).await?;
    Ok(Found {
        results,
        count,
        class: request.class,
        explained: None,
    })
}

/// Asks the class that a relation leads to; any other key asks the class itself.
async fn redirect(
    node: &Node,
    caller: &Caller,
    request: &mut FindRequest,
    key: &str,
) -> Result<(), Failure> {
    let Ok(class) = ClassName::parse(&request.class) else {
        return Ok(());
    };
    if let Some(FieldType::Relation(target)) = node.schema_or_empty(&class).await?.field(key) {
        target.as_str().clone_into(&mut request.class);
        class_rules::check(&request.class, Deed::Find, caller.is_unrestricted())?;
    }
    Ok(())
}

async fn count(
    node: &Node,
    readable: &ReadableClass,
    request: &FindRequest,
    query: &Query,
) -> Result<Option<u64>, Failure> {
    if !request.count {
        return Ok(None);
    }
    let query = query.clone().and(readable.gate(Operation::Count)?);
    Ok(Some(node.storage.count(&query).await?))
}

async fn found(node: &Node, query: &Query, order: &str) -> Result<Vec<ParseObject>, Failure> {
    match best_matches::text_search(&query.filter) {
        Some(search) if asks_for_score(order) => best_matches::find(node, query, search).await,
        _ => Ok(node.storage.find(query).await?),
    }
}

fn json_of(
    objects: &[ParseObject],
    schema: &ClassSchema,
    query: &Query,
    shape: &Shape,
) -> Vec<Map<String, Json>> {
    let keys = shape.keys.as_deref().unwrap_or_default();
    let search = best_matches::text_search(&query.filter).filter(|_| asks_for_score(keys));
    let json = |object| {
        let mut json = object_to_json(object, schema);
        if let Some(score) = search.and_then(|search| search.score(object)) {
            json.insert("score".to_owned(), score.into());
        }
        json
    };
    objects.iter().map(json).collect()
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
    let Ok(class) = ClassName::parse(class) else {
        check_exists(node, caller, class)?;
        return Err(ParseError::object_not_found().into());
    };
    let own_sessions = own_sessions(caller, &class)?;
    let readable = ReadableClass::open(node, caller, &class).await?;
    let complexity = &node.settings.request_complexity;
    request_complexity::check_includes(complexity, caller, &readable.schema, shape)?;
    let limits = [readable.gate(Operation::Get)?, own_sessions];
    let limits: Vec<Filter> = limits.into_iter().flatten().collect();
    let object = if limits.is_empty() {
        node.storage.get(&class, id, &caller.access()).await?
    } else {
        let by_id = Filter::And(std::iter::once(Filter::id(id)).chain(limits).collect());
        let mut query = Query::all(class.clone()).filter(by_id).limit(1);
        query.access = caller.access();
        node.storage.find(&query).await?.pop()
    };
    let object = object.ok_or_else(ParseError::object_not_found)?;
    let mut results = vec![object_to_json(&object, &readable.schema)];
    finish(node, caller, &readable, shape, &mut results).await?;
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

pub(super) async fn query_of(
    node: &Node,
    caller: &Caller,
    schema: &ClassSchema,
    request: &FindRequest,
) -> Result<Query, Failure> {
    let class = &schema.class;
    let order = order_from_text(request.order.as_deref().unwrap_or_default())?;
    auth_data::check_query(class, caller.is_unrestricted(), &request.filter, &order)?;
    let own_sessions = own_sessions(caller, class)?;
    let filter = if is_empty(&request.filter) {
        Filter::everything()
    } else {
        let limits = &node.settings.request_complexity;
        request_complexity::check_filter(limits, caller, class, &request.filter)?;
        let resolved = resolve_where::resolve(node, caller, class, request.filter.clone()).await?;
        filter_for_class(schema, &resolved, node.now())?
    };
    let (access, limit) = (caller.access(), Some(request.limit));
    let query = Query {
        class: class.clone(),
        filter,
        access,
        order,
        skip: request.skip,
        limit,
        options: request.options.clone(),
    };
    Ok(query.and(own_sessions))
}

fn is_empty(filter: &Json) -> bool {
    filter.is_null() || filter.as_object().is_some_and(Map::is_empty)
}

/// A user sees its own sessions only.
fn own_sessions(caller: &Caller, class: &ClassName) -> Result<Option<Filter>, ParseError> {
    if *class != ClassName::SESSION || caller.is_unrestricted() {
        return Ok(None);
    }
    let needed = || ParseError::denied(ErrorCode::INVALID_SESSION_TOKEN, "Invalid session token");
    let user = caller.user().ok_or_else(needed)?;
    Ok(Some(Filter::equal(
        FieldPath::internal("user"),
        ParseValue::pointer(&ClassName::USER, &user.id),
    )))
}

/// What the class's permissions leave the caller of an operation; `None` is all of it.
pub(super) fn gate(
    caller: &Caller,
    schema: &ClassSchema,
    operation: Operation,
) -> Result<Option<Filter>, ParseError> {
    if caller.is_unrestricted() {
        return Ok(None);
    }
    permissions::gate(schema, operation, &caller.grants())
}

/// Takes away what the caller may not see, includes what it asked for, leaves the fields that it asked for.
async fn finish(
    node: &Node,
    caller: &Caller,
    readable: &ReadableClass,
    shape: &Shape,
    results: &mut Vec<Map<String, Json>>,
) -> Result<(), Failure> {
    if readable.schema.class == ClassName::USER {
        results
            .iter_mut()
            .for_each(|result| show_auth_data::trim(node, caller, result));
    }
    results
        .iter_mut()
        .for_each(|result| readable.conceal(result));
    let keys = include_pointers::keys_with_all(&readable.schema, shape);
    let selection = Selection::new(keys.as_deref(), shape.exclude_keys.as_deref());
    let paths = include_pointers::paths(&readable.schema, shape, &selection)?;
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

/// The objects with these ids that the caller may get, as included ones.
pub(super) async fn find_by_ids(
    node: &Node,
    caller: &Caller,
    class: &str,
    ids: Vec<Json>,
) -> Result<Vec<Map<String, Json>>, Failure> {
    let limit = ids.len() as u64;
    let mut request = FindRequest::new(class, json!({"objectId": {"$in": ids}}), limit);
    request.is_get = true;
    let mut found = Box::pin(find_objects(node, caller, request)).await?.results;
    if class == ClassName::USER.as_str() && !caller.is_unrestricted() {
        found.iter_mut().for_each(show_auth_data::hide);
    }
    Ok(found)
}
