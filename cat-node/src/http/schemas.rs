//! `/schemas` and `/purge`, for the master key.

use serde_json::json;

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::node::Node;
use crate::use_cases::manage_schemas;

fn master_only(caller: &Caller) -> Result<(), Refusal> {
    if caller.is_master() {
        Ok(())
    } else {
        Err(Refusal::master_only())
    }
}

pub async fn list(node: &Node, caller: &Caller) -> Result<Answer, Refusal> {
    master_only(caller)?;
    Ok(Answer::ok(
        json!({"results": manage_schemas::list(node).await?}),
    ))
}

pub async fn get(node: &Node, caller: &Caller, class: &str) -> Result<Answer, Refusal> {
    master_only(caller)?;
    Ok(Answer::ok(manage_schemas::get(node, class).await?))
}

pub async fn create(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: Option<&str>,
) -> Result<Answer, Refusal> {
    master_only(caller)?;
    Ok(Answer::ok(
        manage_schemas::create(node, caller, class, &request.body).await?,
    ))
}

pub async fn change(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    class: &str,
) -> Result<Answer, Refusal> {
    master_only(caller)?;
    Ok(Answer::ok(
        manage_schemas::change(node, caller, class, &request.body).await?,
    ))
}

pub async fn remove(node: &Node, caller: &Caller, class: &str) -> Result<Answer, Refusal> {
    master_only(caller)?;
    manage_schemas::remove(node, caller, class).await?;
    Ok(Answer::empty())
}

pub async fn purge(node: &Node, caller: &Caller, class: &str) -> Result<Answer, Refusal> {
    master_only(caller)?;
    manage_schemas::purge(node, caller, class).await?;
    Ok(Answer::empty())
}
