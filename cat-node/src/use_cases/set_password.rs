//! A new password: what the policy says of it, and the hidden fields that it becomes.

use serde_json::{Value as Json, json};

use super::Failure;
use super::sign_up::PASSWORD_FIELD;
use super::write_hidden_fields::write_hidden_fields;
use crate::domain::mail_token::RESET_PASSWORD;
use crate::domain::object::ParseObject;
use crate::domain::password_policy::{CHANGED_AT_FIELD, HISTORY_FIELD};
use crate::domain::update::FieldOp;
use crate::node::Node;

/// Refuses a password that the policy forbids. `username` is the one that the user is about to have; `user` is there
/// unless it is being made.
pub async fn check_password(
    node: &Node,
    password: &str,
    username: Option<&str>,
    user: Option<&ParseObject>,
) -> Result<(), Failure> {
    let policy = &node.rules.password;
    check_requirements(node, password).await?;
    let username = username
        .filter(|name| !name.is_empty())
        .or_else(|| user.and_then(|user| user.text("username")));
    if let Some(username) = username {
        policy.check_username(password, username)?;
    }
    let Some(user) = user else {
        return Ok(());
    };
    for hash in policy.barred_hashes(user, user.text(PASSWORD_FIELD)) {
        if node.passwords.matches(password, Some(hash)).await? {
            return Err(policy.repeated().into());
        }
    }
    Ok(())
}

async fn check_requirements(node: &Node, password: &str) -> Result<(), Failure> {
    let settings = &node.settings.password_policy;
    let fits = settings
        .validator_pattern
        .as_ref()
        .is_none_or(|pattern| pattern.is_in(password));
    if !fits {
        return Err(node.rules.password.refusal().into());
    }
    let Some(hook) = &settings.validator_callback else {
        return Ok(());
    };
    let answer = node
        .webhooks
        .ask(hook, &json!({"password": password}))
        .await;
    let answer = answer.map_err(|cause| Failure::Outage {
        attempted: "asking the password validator",
        cause: cause.into(),
    })?;
    if answer == Json::Bool(true) {
        Ok(())
    } else {
        Err(node.rules.password.refusal().into())
    }
}

/// The fields that keep a password that was checked, and what goes with the old one.
pub async fn password_ops(
    node: &Node,
    password: &str,
    user: Option<&ParseObject>,
) -> Result<Vec<(&'static str, FieldOp)>, Failure> {
    let policy = &node.rules.password;
    let hash = node.passwords.hash(password).await?;
    let mut ops = vec![(PASSWORD_FIELD, FieldOp::Set(hash.into()))];
    if policy.max_age.is_some() {
        ops.push((CHANGED_AT_FIELD, FieldOp::Set(node.now().into())));
    }
    if let Some(user) = user {
        ops.extend(forgetting_reset_token());
        let history = policy.history_after(user, user.text(PASSWORD_FIELD));
        ops.extend(history.map(|history| (HISTORY_FIELD, FieldOp::Set(history))));
    }
    Ok(ops)
}

/// A reset that was asked for is off once the password or the address is another.
pub fn forgetting_reset_token() -> [(&'static str, FieldOp); 2] {
    [
        (RESET_PASSWORD.token, FieldOp::Unset),
        (RESET_PASSWORD.expires_at, FieldOp::Unset),
    ]
}

/// Refuses a log-in with a password that is too old. One from before there was a limit counts from now on.
pub async fn check_password_age(node: &Node, user: &ParseObject) -> Result<(), Failure> {
    let policy = &node.rules.password;
    if policy.max_age.is_none() {
        return Ok(());
    }
    let changed_at = user.get(CHANGED_AT_FIELD).and_then(|date| date.as_date());
    match changed_at {
        Some(changed_at) => Ok(policy.check_age(changed_at, node.now())?),
        None => {
            let op = (CHANGED_AT_FIELD, FieldOp::Set(node.now().into()));
            // Whoever changed the user meanwhile leaves it to the next log-in.
            write_hidden_fields(node, user, vec![op], Vec::new()).await?;
            Ok(())
        }
    }
}
