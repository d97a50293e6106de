//! What a provider has to say before a log-in: a message sent, a nonce to sign.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::Failure;
use super::verify_credentials::verify_credentials;
use super::vouch::{attempt, identify};
use crate::auth_providers::adapter::Step;
use crate::caller::Caller;
use crate::domain::auth_data::{self, AuthData};
use crate::domain::credentials::is_truthy;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::object::ParseObject;
use crate::node::Node;

fn refuse(text: impl Into<String>) -> Failure {
    ParseError::new(ErrorCode::OTHER_CAUSE, text).into()
}

pub async fn challenge(
    node: &Node,
    caller: &Caller,
    body: &Map<String, Json>,
) -> Result<Map<String, Json>, Failure> {
    let given = |name: &str| body.get(name).filter(|value| is_truthy(value));
    let mut user = None;
    if given("username").is_some() || given("email").is_some() {
        if given("password").is_none() {
            return Err(refuse(
                "You provided username or email, you need to also provide password.",
            ));
        }
        user = Some(verify_credentials(node, caller, body).await?);
    }
    let asked = given("challengeData").ok_or_else(|| refuse("Nothing to challenge."))?;
    if !asked.is_object() && !asked.is_array() {
        return Err(refuse("challengeData should be an object."));
    }
    let auth_data = given("authData");
    if let Some(auth_data) = auth_data {
        let auth_data = readable(auth_data, user.is_some())?;
        user = Some(user_of(node, caller, auth_data).await?);
    }
    let stored = user.as_ref().map(auth_data::stored).unwrap_or_default();
    let by_name: BTreeMap<&String, &Json> = asked.as_object().into_iter().flatten().collect();
    let mut answers = Map::new();
    for (provider, data) in by_name {
        let Some(adapter) = node.auth.get(provider) else {
            continue;
        };
        let stored = stored.get(provider).and_then(Json::as_object);
        let user_id = user.as_ref().map(|user| &user.id);
        let attempt = attempt(node, caller, Step::Challenge, stored, user_id);
        let of_provider = auth_data.and_then(|auth_data| auth_data.get(provider));
        if let Some(answer) = adapter.challenge(data, of_provider, &attempt).await? {
            answers.insert(provider.clone(), answer);
        }
    }
    Ok(Map::from_iter([(
        "challengeData".to_owned(),
        json!(answers),
    )]))
}

fn readable(auth_data: &Json, has_user: bool) -> Result<&AuthData, Failure> {
    let auth_data = auth_data
        .as_object()
        .ok_or_else(|| refuse("authData should be an object."))?;
    if has_user {
        return Err(refuse(
            "You cannot provide username/email and authData, only use one identification method.",
        ));
    }
    let odd = auth_data
        .iter()
        .find(|(_, data)| !data.is_null() && !data.is_object());
    if let Some((provider, _)) = odd {
        return Err(refuse(format!("authData.{provider} should be an object.")));
    }
    let ids = auth_data
        .values()
        .filter(|data| data.get("id").is_some_and(is_truthy));
    if ids.count() > 1 {
        return Err(refuse(
            "You cannot provide more than one authData provider with an id.",
        ));
    }
    Ok(auth_data)
}

/// The user that these providers know. Whatever is wrong, the answer is the same: ids cannot be guessed by it.
async fn user_of(
    node: &Node,
    caller: &Caller,
    auth_data: &AuthData,
) -> Result<ParseObject, Failure> {
    match proven_user(node, caller, auth_data).await {
        Err(Failure::Refused(_)) => {
            Err(ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "User not found.").into())
        }
        result => result,
    }
}

async fn proven_user(
    node: &Node,
    caller: &Caller,
    auth_data: &AuthData,
) -> Result<ParseObject, Failure> {
    let mut auth_data = auth_data.clone();
    auth_data.retain(|_, data| data.get("id").is_some_and(is_truthy));
    let mut users = identify(node, caller, &mut auth_data, None).await?;
    let user = users.pop().filter(|_| users.is_empty());
    let user = user.ok_or_else(ParseError::object_not_found)?;
    super::vouch::vouch(node, caller, &auth_data, Some(&user)).await?;
    Ok(user)
}
