//! `/jobs` and `/cloud_code/jobs`: cat-node runs no cloud code, so there is no job to start or to schedule. Schedules
//! that a parse-server left in the database are listed and can be deleted.

use serde_json::{Value as Json, json};

use super::answer::{Answer, Refusal};
use super::classes;
use super::request::{ApiRequest, Method};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;
use crate::node::Node;
use crate::use_cases::find_objects::{FindRequest, find_objects};

pub fn start(caller: &Caller) -> Result<Answer, Refusal> {
    caller.check_may_write()?;
    Err(ParseError::new(ErrorCode::SCRIPT_FAILED, "Invalid job.").into())
}

/// What is below `/cloud_code/jobs`.
pub async fn serve(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    rest: &[&str],
) -> Result<Answer, Refusal> {
    let class = ClassName::JOB_SCHEDULE;
    match (request.method, rest) {
        (Method::Get, []) => Ok(Answer::ok(scheduled(node, caller).await?)),
        (Method::Get, _) => {
            let jobs = scheduled(node, caller).await?;
            let names: Vec<&Json> = jobs.iter().filter_map(|job| job.get("jobName")).collect();
            Ok(Answer::ok(json!({"in_use": names, "jobs": []})))
        }
        (Method::Delete, [id]) => classes::delete(node, caller, class.as_str(), id).await,
        _ => Err(ParseError::new(
            ErrorCode::INTERNAL_SERVER_ERROR,
            "Cannot Schedule a job that is not deployed",
        )
        .into()),
    }
}

async fn scheduled(node: &Node, caller: &Caller) -> Result<Vec<Json>, Refusal> {
    let class = ClassName::JOB_SCHEDULE;
    let request = FindRequest::new(class.as_str(), json!({}), node.settings.default_limit);
    let found = find_objects(node, caller, request).await?;
    Ok(found.results.into_iter().map(Json::Object).collect())
}
