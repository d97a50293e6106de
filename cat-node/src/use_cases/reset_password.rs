//! A user who forgot the password asks for a link, and sets a new one with it.

use super::Failure;
use super::count_attempt::unlocking;
use super::set_password::{check_password, password_ops};
use super::start_session::{end_sessions, sessions_of};
use super::verify_email::find_one;
use super::write_hidden_fields::{MAX_ATTEMPTS, too_contended, write_hidden_fields};
use crate::domain::acl::Access;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::mail::MailKind;
use crate::domain::mail_token::{RESET_PASSWORD, new_token};
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::query::{Filter, Test};
use crate::domain::update::{FieldOp, Update};
use crate::domain::value::ParseValue;
use crate::mail::pending;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// Mails a link to the user of this address, or of this name when it has no address. Whether there is such a user is
/// told only where the settings want it.
pub async fn request_reset(node: &Node, email: &str) -> Result<(), Failure> {
    for _ in 0..MAX_ATTEMPTS {
        let Some(user) = find_one(node, addressed(email)).await? else {
            return unknown_address(node);
        };
        let ops = token_ops(node, &user);
        let mail = pending::writes(
            MailKind::ResetPassword,
            &user.id,
            node.now(),
            &mut rand::rng(),
        );
        if write_hidden_fields(node, &user, ops, mail.into()).await? {
            return Ok(());
        }
    }
    Err(too_contended("asking for a password reset"))
}

fn unknown_address(node: &Node) -> Result<(), Failure> {
    if node.rules.password.reset_success_on_invalid_email {
        return Ok(());
    }
    let text = "A user with that email does not exist.";
    Err(ParseError::new(ErrorCode::OBJECT_NOT_FOUND, text).into())
}

fn addressed(email: &str) -> Filter {
    let has_address = Filter::equal(FieldPath::internal("email"), email);
    let has_name_only = Filter::And(vec![
        Filter::equal(FieldPath::internal("username"), email),
        Filter::Field {
            path: FieldPath::internal("email"),
            test: Test::Exists(false),
        },
    ]);
    Filter::Or(vec![has_address, has_name_only])
}

/// A new token, or the one that there is and its end.
fn token_ops(node: &Node, user: &ParseObject) -> Vec<(&'static str, FieldOp)> {
    let validity = node.rules.password.reset_token;
    let now = node.now();
    if RESET_PASSWORD.may_be_sent_again(user, validity, now) {
        let token = user.get(RESET_PASSWORD.token).cloned();
        return vec![(
            RESET_PASSWORD.token,
            FieldOp::Set(token.unwrap_or(ParseValue::Null)),
        )];
    }
    let token = new_token(&mut rand::rng());
    let mut ops = vec![(RESET_PASSWORD.token, FieldOp::Set(token.into()))];
    let end = validity.end_of_one_made(now);
    ops.extend(end.map(|end| (RESET_PASSWORD.expires_at, FieldOp::Set(end.into()))));
    ops
}

/// The address of the user whose link has expired: another one may be asked for with it.
pub async fn address_of_expired(node: &Node, token: &str) -> Result<Option<String>, Failure> {
    let filter = Filter::And(vec![
        Filter::equal(FieldPath::internal(RESET_PASSWORD.token), token),
        Filter::Field {
            path: FieldPath::internal(RESET_PASSWORD.expires_at),
            test: Test::Less(node.now().into()),
        },
    ]);
    let user = find_one(node, filter).await?;
    Ok(user.and_then(|user| user.text("email").map(str::to_owned)))
}

/// The user of a token that is good now.
pub async fn check_token(node: &Node, token: &str) -> Result<ParseObject, Failure> {
    let filter = Filter::equal(FieldPath::internal(RESET_PASSWORD.token), token);
    let user = find_one(node, filter).await?;
    let user = user.filter(|user| RESET_PASSWORD.fits(user, token));
    let user = user.ok_or_else(invalid_token)?;
    let has_end = node.rules.password.reset_token.duration.is_some();
    if has_end && RESET_PASSWORD.is_expired(&user, node.now()) {
        return Err(refusal("The password reset link has expired"));
    }
    Ok(user)
}

fn invalid_token() -> Failure {
    refusal("Failed to reset password: username / email / token is invalid")
}

fn refusal(text: &str) -> Failure {
    ParseError::new(ErrorCode::OTHER_CAUSE, text).into()
}

/// Sets the new password, ends the user's sessions, and takes a lock off where that is asked for: one write, which
/// only the first of those who bring the token wins.
pub async fn reset_password(node: &Node, token: &str, password: &str) -> Result<(), Failure> {
    let user = check_token(node, token).await?;
    check_password(node, password, None, Some(&user)).await?;
    let mut ops = password_ops(node, password, Some(&user)).await?;
    let unlocks = node
        .rules
        .lockout
        .is_some_and(|lockout| lockout.unlock_on_password_reset);
    if unlocks {
        ops.extend(unlocking());
    }
    let mut update = Update::at(node.now());
    for (field, op) in ops {
        update = update.op(FieldPath::internal(field), op);
    }
    let mut transaction = Transaction::default().write(Write::Update {
        class: ClassName::USER,
        id: user.id.clone(),
        access: Access::Master,
        guard: Filter::equal(FieldPath::internal(RESET_PASSWORD.token), token),
        update,
    });
    if node.settings.revoke_session_on_password_reset {
        end_sessions(node, &user.id, sessions_of(&user.id), &mut transaction).await?;
    }
    let done = node.commit(transaction).await;
    node.forget_sessions_of(&user.id);
    match done {
        Ok(_) => Ok(()),
        Err(StorageError::NotFound { .. }) => Err(invalid_token()),
        Err(error) => Err(error.into()),
    }
}
