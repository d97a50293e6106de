//! `/login`, `/logout`, `/users/me` and their kin.

use serde_json::{Map, Value as Json};

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::class_rules::{self, Deed};
use crate::domain::credentials::is_truthy;
use crate::domain::value::json::date_text;
use crate::node::Node;
use crate::use_cases::log_out::log_out;
use crate::use_cases::sign_up::{self, SignUp};
use crate::use_cases::{challenge, log_in};

const USER: &str = "_User";

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
        log_in::log_in(
            node,
            caller,
            credentials(request),
            request.body.get("authData"),
        )
        .await?,
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

/// A sign-up; who is known to its providers is let in instead.
pub async fn sign_up(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    class_rules::check(USER, Deed::Create, caller.is_master())?;
    caller.check_may("perform the create operation")?;
    let location = |id: &str| format!("{}/users/{id}", request.base_url);
    Ok(
        match sign_up::sign_up(node, caller, request.body.clone()).await? {
            SignUp::New(created) => {
                let id = created.id.as_str();
                let mut body = created.told;
                body.insert("objectId".to_owned(), id.into());
                body.insert("createdAt".to_owned(), date_text(created.created_at).into());
                Answer::created(body, location(id))
            }
            SignUp::Known { id, user } => Answer {
                location: Some(location(id.as_str())),
                ..Answer::ok(user)
            },
        },
    )
}

pub async fn challenge(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    Ok(Answer::ok(
        challenge::challenge(node, caller, &request.body).await?,
    ))
}

pub async fn me(node: &Node, caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    let token = request.session_token.as_deref();
    Ok(Answer::ok(log_in::current_user(node, caller, token).await?))
}

/// Ends the session that the request names, with the master key too.
pub async fn log_out_of(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let own = caller
        .session
        .as_ref()
        .map(|session| session.token.as_str());
    if let Some(token) = own.or(request.session_token.as_deref()) {
        log_out(node, token).await?;
    }
    Ok(Answer::empty())
}
