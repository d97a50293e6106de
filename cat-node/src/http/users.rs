//! `/login`, `/logout`, `/users/me` and their kin.

use serde_json::{Map, Value as Json};

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::credentials::is_truthy;
use crate::node::Node;
use crate::use_cases::log_in;
use crate::use_cases::log_out::log_out;

/// Credentials come in the body or in the query string, never from both.
fn credentials(request: &ApiRequest) -> &Map<String, Json> {
    let has = |input: &Map<String, Json>, name: &str| input.get(name).is_some_and(is_truthy);
    let in_query = ["username", "email"]
        .iter()
        .any(|name| !has(&request.body, name) && has(&request.query, name));
    if in_query {
        &request.query
    } else {
        &request.body
    }
}

pub async fn log_in(node: &Node, caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        log_in::log_in(node, caller, credentials(request)).await?,
    ))
}

pub async fn log_in_as(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        log_in::log_in_as(node, caller, &request.input()).await?,
    ))
}

pub async fn verify_password(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        log_in::verify_password(node, caller, credentials(request)).await?,
    ))
}

pub async fn me(node: &Node, caller: &Caller) -> Result<Answer, Refusal> {
    Ok(Answer::ok(log_in::current_user(node, caller).await?))
}

pub async fn log_out_of(node: &Node, caller: &Caller) -> Result<Answer, Refusal> {
    if let Some(session) = &caller.session {
        log_out(node, &session.token).await?;
    }
    Ok(Answer::empty())
}
