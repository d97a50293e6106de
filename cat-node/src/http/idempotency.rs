//! Which requests may carry an id that makes them be done once.

use actix_web::http::header::HeaderMap;

use super::answer::Refusal;
use super::request::{ApiRequest, Method};
use crate::node::Node;
use crate::use_cases::claim_request_id::claim_request_id;

/// Claims the id of a request that has one and writes.
pub async fn claim(node: &Node, headers: &HeaderMap, request: &ApiRequest) -> Result<(), Refusal> {
    let id = headers
        .get("x-parse-request-id")
        .and_then(|value| value.to_str().ok());
    let Some(id) = id.filter(|id| !id.is_empty() && writes(request)) else {
        return Ok(());
    };
    let path = &request.raw_path;
    let path = path.strip_prefix('/').unwrap_or(path);
    claim_request_id(node, id, path).await?;
    Ok(())
}

fn writes(request: &ApiRequest) -> bool {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    matches!(
        (request.method, path.as_slice()),
        (
            Method::Post,
            ["classes" | "functions" | "jobs", _] | ["users" | "installations"]
        ) | (
            Method::Put,
            ["classes", _, _] | ["users" | "installations", _]
        )
    )
}
