//! Where the links of mails lead, and what the forms there do.

use serde_json::json;

use super::PageRequest;
use super::answer::PageAnswer;
use super::go_to_page::{By, go_to_page};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::page::{Page, PageParams};
use crate::http::answer::Refusal;
use crate::use_cases::Failure;
use crate::use_cases::reset_password::{check_token, reset_password};
use crate::use_cases::verify_email::{Addressee, Resent, resend, verify_email};

pub(super) async fn verify(request: &PageRequest<'_>) -> Result<PageAnswer, Refusal> {
    let is_verified = match request.query.given("token") {
        Some(token) => verify_email(request.node, token).await?,
        None => false,
    };
    let page = if is_verified {
        Page::EmailVerificationSuccess
    } else {
        Page::EmailVerificationLinkInvalid
    };
    Ok(go_to_page(request, page, PageParams::default(), By::Method).await)
}

pub(super) async fn resend_verification(request: &PageRequest<'_>) -> Result<PageAnswer, Refusal> {
    let addressee = match (request.form.given("token"), request.form.given("username")) {
        (Some(token), _) => Addressee::Token(token),
        (None, Some(username)) => Addressee::Username(username),
        (None, None) => {
            let page = Page::EmailVerificationLinkInvalid;
            return Ok(go_to_page(request, page, PageParams::default(), By::Method).await);
        }
    };
    let resent = resend(request.node, &Caller::anonymous(), addressee).await?;
    let page = match resent {
        Resent::Done => Page::EmailVerificationSendSuccess,
        _ if request.node.settings.email_verify_success_on_invalid_email => {
            Page::EmailVerificationSendSuccess
        }
        Resent::Unknown | Resent::AlreadyVerified => Page::EmailVerificationSendFail,
    };
    Ok(go_to_page(request, page, PageParams::default(), By::Method).await)
}

pub(super) async fn choose_password(request: &PageRequest<'_>) -> Result<PageAnswer, Refusal> {
    let settings = &request.node.settings;
    let params = PageParams::default()
        .with("appId", Some(&settings.application_id))
        .with("appName", settings.app_name.as_deref())
        .with("token", request.query.one("token"))
        .with("username", request.query.one("username"));
    Ok(go_to_page(request, Page::PasswordReset, params, By::Method).await)
}

pub(super) async fn reset(request: &PageRequest<'_>) -> Result<PageAnswer, Refusal> {
    if request.is_post {
        set_password(request).await
    } else {
        show_form(request).await
    }
}

async fn show_form(request: &PageRequest<'_>) -> Result<PageAnswer, Refusal> {
    let token = request.query.given("token");
    let is_good = match token {
        Some(token) => words(check_token(request.node, token).await)?.is_ok(),
        None => false,
    };
    if !is_good {
        let page = Page::PasswordResetLinkInvalid;
        return Ok(go_to_page(request, page, PageParams::default(), By::Method).await);
    }
    let settings = &request.node.settings;
    let params = PageParams::default()
        .with("token", token)
        .with("appId", Some(&settings.application_id));
    Ok(go_to_page(request, Page::PasswordReset, params, By::Method).await)
}

async fn set_password(request: &PageRequest<'_>) -> Result<PageAnswer, Refusal> {
    let token = request.form.given("token");
    let password = request.form.given("new_password");
    let (Some(token), Some(password)) = (token, password) else {
        if !request.is_xhr {
            let page = Page::PasswordResetLinkInvalid;
            return Ok(go_to_page(request, page, PageParams::default(), By::Method).await);
        }
        let (code, text) = match token {
            None => (ErrorCode::OTHER_CAUSE, "Missing token"),
            Some(_) => (ErrorCode::PASSWORD_MISSING, "Missing password"),
        };
        return Err(ParseError::new(code, text).into());
    };
    let done = words(reset_password(request.node, token, password).await)?;
    match (done, request.is_xhr) {
        (Ok(()), true) => Ok(PageAnswer::json(200, &json!("Password successfully reset"))),
        (Err(text), true) => Err(ParseError::new(ErrorCode::OTHER_CAUSE, text).into()),
        (Ok(()), false) => {
            let page = Page::PasswordResetSuccess;
            Ok(go_to_page(request, page, PageParams::default(), By::Content).await)
        }
        (Err(text), false) => {
            let params = PageParams::default()
                .with("token", Some(token))
                .with("appId", Some(&request.node.settings.application_id))
                .with("error", Some(&text));
            Ok(go_to_page(request, Page::PasswordReset, params, By::Content).await)
        }
    }
}

/// The words of a refusal, apart from outages.
fn words<T>(result: Result<T, Failure>) -> Result<Result<T, String>, Refusal> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(Failure::Refused(refusal)) => Ok(Err(refusal.message)),
        Err(outage) => Err(outage.into()),
    }
}
