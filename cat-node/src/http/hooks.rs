//! `/hooks`: cat-node calls no webhooks, so there are none, and none can be registered.

use serde_json::{Value as Json, json};

use super::answer::{Answer, Refusal};
use super::request::{ApiRequest, Method};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};

/// The code of refusals about webhooks; the SDKs know it by another name.
const HOOK: ErrorCode = ErrorCode(143);

/// What is below `/hooks`.
pub fn serve(caller: &Caller, request: &ApiRequest, rest: &[&str]) -> Result<Answer, Refusal> {
    let refuse = |text: &str| Err(ParseError::new(HOOK, text).into());
    if request.method != Method::Get {
        caller.check_may_write()?;
    }
    let has = |name: &str| {
        let value = request.body.get(name).and_then(Json::as_str);
        value.is_some_and(|text| !text.is_empty())
    };
    let is_declared = has("functionName") || (has("className") && has("triggerName"));
    let is_delete = request.body.get("__op").is_some_and(|op| op == "Delete");
    match (request.method, rest) {
        (Method::Get, [_]) => Ok(Answer::ok(json!([]))),
        (Method::Post, _) if is_declared && has("url") => refuse("cat-node calls no webhooks."),
        (Method::Put, _) if is_delete => Err(ParseError::object_not_found().into()),
        (Method::Put, _) if !has("url") => refuse("invalid hook declaration"),
        (_, [_, function]) => refuse(&format!("no function named: {function} is defined")),
        (_, [_, class, _]) => refuse(&format!("class {class} does not exist")),
        _ => refuse("invalid hook declaration"),
    }
}
