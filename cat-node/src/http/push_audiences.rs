//! `/push_audiences`: named queries over installations. The query is stored as text and answered as what it says.

use serde_json::Value as Json;

use super::answer::{Answer, Refusal};
use super::classes;
use super::request::{ApiRequest, Method};
use crate::caller::Caller;
use crate::domain::names::ClassName;
use crate::node::Node;

pub async fn serve(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    path: &[&str],
) -> Result<Answer, Refusal> {
    let class = ClassName::AUDIENCE;
    let class = class.as_str();
    let id = path.get(1).copied();
    match (request.method, id) {
        (Method::Get, None) => {
            let mut answer = classes::find(node, caller, request, class).await?;
            let body = answer.body.value_mut();
            let found = body.and_then(|body| body.get_mut("results"));
            let found = found.and_then(Json::as_array_mut);
            found.into_iter().flatten().for_each(read_query);
            Ok(answer)
        }
        (Method::Get, Some(id)) => {
            let mut answer = classes::get(node, caller, request, class, id).await?;
            if let Some(audience) = answer.body.value_mut() {
                read_query(audience);
            }
            Ok(answer)
        }
        (Method::Put, Some(id)) => classes::update(node, caller, request, class, id).await,
        (Method::Delete, Some(id)) => classes::delete(node, caller, class, id).await,
        _ => classes::create(node, caller, request, class).await,
    }
}

/// A text that is no JSON stays a text.
fn read_query(audience: &mut Json) {
    let query = audience.get("query").and_then(Json::as_str);
    if let Some(query) = query.and_then(|text| serde_json::from_str(text).ok()) {
        audience["query"] = query;
    }
}
