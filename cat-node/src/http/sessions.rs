//! `/sessions/me` and `/upgradeToRevocableSession`.

use serde_json::Value as Json;

use super::answer::{Answer, Refusal};
use super::classes;
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::names::ClassName;
use crate::node::Node;
use crate::use_cases::manage_session::{current_session, upgrade_session};

pub async fn me(node: &Node, request: &ApiRequest) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        current_session(node, request.session_token.as_deref()).await?,
    ))
}

/// A new session answers with the whole of it, but for its dates.
pub async fn create(node: &Node, caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    let mut answer = classes::create(node, caller, request, ClassName::SESSION.as_str()).await?;
    if let Some(body) = answer.body.value_mut().and_then(Json::as_object_mut)
        && !caller.is_unrestricted()
    {
        body.remove("createdAt");
    }
    Ok(answer)
}

pub async fn upgrade(node: &Node, caller: &Caller) -> Result<Answer, Refusal> {
    Ok(Answer::ok(upgrade_session(node, caller).await?))
}
