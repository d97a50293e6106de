//! `/classes/...` and its likes: `/users`, `/roles`, `/sessions`, `/installations`.

use serde_json::{Map, Value as Json, json};

use super::answer::{Answer, Refusal};
use super::installations;
use super::query_parameters::{self, Limits};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::value::json::date_text;
use crate::node::Node;
use crate::use_cases::create_object::{Created, create_object};
use crate::use_cases::delete_object::delete_object;
use crate::use_cases::find_objects::{find_objects, get_object};
use crate::use_cases::find_text::{find_text, get_text};
use crate::use_cases::update_object::{Updated, update_object};

pub async fn find(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: &str,
) -> Result<Answer, Refusal> {
    let limits = Limits {
        default_limit: node.settings.default_limit,
        max_limit: node.settings.max_limit,
    };
    let query = if request.query.is_empty() {
        &request.body
    } else {
        &request.query
    };
    let may_explain = caller.is_master() || node.settings.database_options.allow_public_explain;
    if query_parameters::asks_for_a_plan(query) && !may_explain {
        let text = "Using the explain query parameter requires the master key";
        return Err(ParseError::new(ErrorCode::INVALID_QUERY, text).into());
    }
    let find = query_parameters::find(class, query, limits)?;
    if let Some(results) = find_text(node, caller, &find).await? {
        return Ok(Answer::text(format!("{{\"results\":{results}}}")));
    }
    let is_redirected = find.redirect.is_some();
    let mut found = find_objects(node, caller, find).await?;
    if let Some(explained) = found.explained {
        return Ok(Answer::ok(json!({"results": explained})));
    }
    if is_redirected {
        let class = Json::String(found.class);
        let results = found.results.iter_mut();
        results.for_each(|result| drop(result.insert("className".to_owned(), class.clone())));
    }
    let mut body = Map::new();
    body.insert(
        "results".to_owned(),
        found.results.into_iter().map(Json::Object).collect(),
    );
    if let Some(count) = found.count {
        body.insert("count".to_owned(), count.into());
    }
    Ok(Answer::ok(body))
}

pub async fn get(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    let (id, shape) = (ObjectId::new(id), query_parameters::get(&request.query)?);
    if let Some(text) = get_text(node, caller, class, &id, &shape).await? {
        return Ok(Answer::text(text));
    }
    Ok(Answer::ok(
        get_object(node, caller, class, &id, &shape).await?,
    ))
}

pub async fn create(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: &str,
) -> Result<Answer, Refusal> {
    if class == ClassName::INSTALLATION.as_str() {
        return installations::save(node, caller, request, None).await;
    }
    let created = create_object(node, caller, class, request.body.clone()).await?;
    let location = location(request, class, &created.id);
    Ok(self::created(created, location))
}

/// Where a new object is: under its class, whatever route made it; users have a route of their own.
pub(super) fn location(request: &ApiRequest, class: &str, id: &ObjectId) -> String {
    match class {
        "_User" => format!("{}/users/{id}", request.base_url),
        _ => format!("{}/classes/{class}/{id}", request.base_url),
    }
}

pub(super) fn created(created: Created, location: String) -> Answer {
    let mut body = created.told;
    body.insert("objectId".to_owned(), created.id.as_str().into());
    body.insert("createdAt".to_owned(), date_text(created.created_at).into());
    Answer::created(body, location)
}

pub async fn update(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    let id = ObjectId::new(id);
    if class == ClassName::INSTALLATION.as_str() {
        return installations::save(node, caller, request, Some(&id)).await;
    }
    let updated = update_object(node, caller, class, &id, request.body.clone()).await?;
    Ok(self::updated(updated))
}

pub(super) fn updated(updated: Updated) -> Answer {
    let mut body = updated.told;
    body.insert("updatedAt".to_owned(), date_text(updated.updated_at).into());
    Answer::ok(body)
}

pub async fn delete(
    node: &Node,
    caller: &Caller,
    class: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    delete_object(node, caller, class, &ObjectId::new(id)).await?;
    Ok(Answer::empty())
}
