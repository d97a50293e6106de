//! `/aggregate/:class`, for the master key.

use serde_json::json;

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::aggregate::request::AggregateRequest;
use crate::node::Node;
use crate::use_cases::aggregate_objects::{aggregate_objects, check_allowed};

pub async fn run(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: &str,
) -> Result<Answer, Refusal> {
    if !caller.is_master() {
        return Err(Refusal::master_only());
    }
    check_allowed(node, caller)?;
    let mut parameters = request.body.clone();
    parameters.extend(request.query.clone());
    parameters.shift_remove("_method");
    let aggregation = AggregateRequest::read(&parameters)?;
    let results = aggregate_objects(node, caller, class, aggregation).await?;
    Ok(Answer::ok(json!({"results": results})))
}
