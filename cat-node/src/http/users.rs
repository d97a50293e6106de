//! `/login`, `/logout`, `/users/me` and their kin.

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::node::Node;
use crate::use_cases::log_in;
use crate::use_cases::log_out::log_out;

pub async fn log_in(node: &Node, caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        log_in::log_in(node, caller, &request.input()).await?,
    ))
}

pub async fn log_in_as(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        log_in::log_in_as(node, caller, &request.body).await?,
    ))
}

pub async fn verify_password(node: &Node, request: &ApiRequest) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        log_in::verify_password(node, &request.input()).await?,
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
