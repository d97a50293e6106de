//! `/sessions/me` and `/upgradeToRevocableSession`.

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::node::Node;
use crate::use_cases::manage_session::{current_session, upgrade_session};

pub async fn me(node: &Node, request: &ApiRequest) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        current_session(node, request.session_token.as_deref()).await?,
    ))
}

pub async fn upgrade(node: &Node, caller: &Caller) -> Result<Answer, Refusal> {
    Ok(Answer::ok(upgrade_session(node, caller).await?))
}
