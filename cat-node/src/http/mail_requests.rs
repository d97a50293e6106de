//! `/requestPasswordReset` and `/verificationEmailRequest`.

use serde_json::Value as Json;

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::node::Node;
use crate::use_cases::reset_password::{address_of_expired, request_reset};
use crate::use_cases::verify_email::{Addressee, Resent, resend};

pub async fn request_password_reset(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    check_mail(node)?;
    caller.check_may_write()?;
    let given = |name: &str| request.body.get(name).filter(|value| is_given(value));
    let (email, token) = (given("email"), given("token"));
    if email.is_none() && token.is_none() {
        return Err(no_email().into());
    }
    let mut email = email.cloned();
    if let Some(token) = token {
        let Json::String(token) = token else {
            let text = "token must be a string";
            return Err(ParseError::new(ErrorCode::INVALID_VALUE, text).into());
        };
        let known = address_of_expired(node, token).await?;
        email = known.map(Json::String).or(email);
    }
    request_reset(node, text(email.as_ref())?).await?;
    Ok(Answer::empty())
}

pub async fn request_verification_email(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    check_mail(node)?;
    caller.check_may_write()?;
    let email = request.body.get("email").filter(|value| is_given(value));
    let email = text(Some(email.ok_or_else(no_email)?))?;
    let resent = resend(node, caller, Addressee::Email(email)).await?;
    let tells = !node.settings.email_verify_success_on_invalid_email;
    match resent {
        Resent::Unknown if tells => {
            let text = format!("No user found with email {email}");
            Err(ParseError::new(ErrorCode::EMAIL_NOT_FOUND, text).into())
        }
        Resent::AlreadyVerified if tells => {
            let text = format!("Email {email} is already verified.");
            Err(ParseError::new(ErrorCode::OTHER_CAUSE, text).into())
        }
        Resent::Done | Resent::Unknown | Resent::AlreadyVerified => Ok(Answer::empty()),
    }
}

/// What JavaScript takes for true.
fn is_given(value: &Json) -> bool {
    !matches!(value, Json::Null | Json::Bool(false)) && *value != "" && value.as_f64() != Some(0.0)
}

fn text(email: Option<&Json>) -> Result<&str, ParseError> {
    let text = email.and_then(Json::as_str);
    text.ok_or_else(|| {
        ParseError::new(
            ErrorCode::INVALID_EMAIL_ADDRESS,
            "you must provide a valid email string",
        )
    })
}

fn no_email() -> ParseError {
    ParseError::new(ErrorCode::EMAIL_MISSING, "you must provide an email")
}

fn check_mail(node: &Node) -> Result<(), ParseError> {
    if node.can_mail {
        return Ok(());
    }
    let text = "An appName, publicServerURL, and emailAdapter are required for password reset and email verification functionality.";
    Err(ParseError::new(ErrorCode::INTERNAL_SERVER_ERROR, text))
}
