//! Users who forgot their password set a new one.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;

use super::mailed::MailedApp;
use super::{Actor, TestApp};

#[tokio::test]
async fn a_link_sets_a_new_password_and_ends_the_sessions() {
    let cats = MailedApp::start(&[]).await;
    let tom = cats.sign_up("tom").await;
    let session = Actor::user(tom.body["sessionToken"].as_str().unwrap());
    assert_eq!(
        cats.ask_for_reset(json!("tom@cats.example")).await.status,
        200
    );
    let mail = cats.sink.next().await;
    let form = cats.open(&mail.link()).await;
    form.shows(200, "Choose a new password");
    let token = mail.token();
    assert_eq!(form.header("x-parse-page-param-token"), token);
    assert!(
        form.text.contains(&format!("value=\"{token}\"")),
        "{form:?}"
    );
    assert_eq!(form.header("referrer-policy"), "no-referrer");
    cats.set_password(&token, "salmon")
        .await
        .shows(200, "Your password is set");
    let gone = cats.app.get(&session, "/users/me").await;
    gone.refuses(400, 209, "Invalid session token");
    assert_eq!(cats.log_in("tom", "salmon").await.status, 200);
    assert_eq!(cats.log_in("tom", "tunafish").await.status, 404);
    cats.open(&mail.link())
        .await
        .shows(200, "This link does not work");
    let again = cats.set_password(&token, "trout").await;
    again.shows(200, "Choose a new password");
    assert_eq!(
        again.header("x-parse-page-param-error"),
        "Failed to reset password: username / email / token is invalid"
    );
}

#[tokio::test]
async fn one_of_many_resets_at_once_wins() {
    let cats = MailedApp::start(&[]).await;
    cats.sign_up("tom").await;
    let token = cats.reset_token("tom").await;
    let passwords: Vec<String> = (0..8).map(|number| format!("salmon{number}")).collect();
    let resets = passwords
        .iter()
        .map(|password| cats.set_password(&token, password));
    let pages = join_all(resets).await;
    let won = pages
        .iter()
        .filter(|page| page.text.contains("<h1>Your password is set</h1>"));
    assert_eq!(won.count(), 1);
    let log_ins = join_all(
        passwords
            .iter()
            .map(|password| cats.log_in("tom", password)),
    )
    .await;
    assert_eq!(
        log_ins.iter().filter(|reply| reply.status == 200).count(),
        1
    );
}

#[tokio::test]
async fn links_end_and_policies_hold() {
    let policy = json!({"resetTokenValidityDuration": 60, "validatorPattern": "^.{6,}$", "maxPasswordHistory": 2});
    let lockout = json!({"threshold": 1, "duration": 5, "unlockOnPasswordReset": true});
    let cats = MailedApp::start(&[
        ("PARSE_SERVER_PASSWORD_POLICY", &policy.to_string()),
        ("PARSE_SERVER_ACCOUNT_LOCKOUT", &lockout.to_string()),
    ])
    .await;
    cats.sign_up("tom").await;
    let token = cats.reset_token("tom").await;
    for (password, error) in [
        (
            "short",
            "Password does not meet the Password Policy requirements.",
        ),
        (
            "tunafish",
            "New password should not be the same as last 2 passwords.",
        ),
    ] {
        let page = cats.set_password(&token, password).await;
        assert_eq!(page.header("x-parse-page-param-error"), error);
    }
    cats.app.advance(TimeDelta::seconds(61));
    let page = cats.set_password(&token, "salmon").await;
    assert_eq!(
        page.header("x-parse-page-param-error"),
        "The password reset link has expired"
    );
    let body = json!({"token": token});
    let reply = cats
        .app
        .post(&Actor::anonymous(), "/requestPasswordReset", body)
        .await;
    assert_eq!(reply.status, 200, "an expired token asks for the next one");
    let token = cats.sink.next().await.token();
    assert_eq!(cats.log_in("tom", "wrong").await.status, 404);
    cats.set_password(&token, "salmon")
        .await
        .shows(200, "Your password is set");
    assert_eq!(
        cats.log_in("tom", "salmon").await.status,
        200,
        "the reset took the lock off"
    );
}

#[tokio::test]
async fn a_new_password_or_address_calls_a_reset_off() {
    let cats = MailedApp::start(&[]).await;
    let tom = cats.sign_up("tom").await;
    let session = Actor::user(tom.body["sessionToken"].as_str().unwrap());
    let path = format!("/users/{}", tom.id());
    for change in [
        json!({"email": "tom@cats.example"}),
        json!({"password": "trout"}),
    ] {
        let token = cats.reset_token("tom").await;
        assert_eq!(cats.app.put(&session, &path, change).await.status, 200);
        let page = cats.set_password(&token, "salmon").await;
        assert!(
            page.header("x-parse-page-param-error").contains("invalid"),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn who_has_no_account_is_told_nothing() {
    let cats = MailedApp::start(&[]).await;
    let reply = cats.ask_for_reset(json!("nobody@cats.example")).await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    for (email, code, error) in [
        (json!(""), 204, "you must provide an email"),
        (json!(1), 125, "you must provide a valid email string"),
        (
            json!({"$ne": 1}),
            125,
            "you must provide a valid email string",
        ),
        (
            json!(["tom@cats.example"]),
            125,
            "you must provide a valid email string",
        ),
    ] {
        cats.ask_for_reset(email).await.refuses(400, code, error);
    }
    for token in [
        json!({"$ne": 1}),
        json!({"$regex": "."}),
        json!(["a"]),
        json!(1),
    ] {
        let body = json!({"token": token});
        let reply = cats
            .app
            .post(&Actor::anonymous(), "/requestPasswordReset", body)
            .await;
        reply.refuses(400, 162, "token must be a string");
    }
    assert!(!cats.sink.has_more().await);
}

#[tokio::test]
async fn scripts_are_told_in_json() {
    let cats = MailedApp::start(&[]).await;
    cats.sign_up("tom").await;
    let token = cats.reset_token("tom").await;
    let script = [("X-Requested-With", "XMLHttpRequest")];
    let path = "/apps/cats/request_password_reset";
    for (fields, status, text) in [
        (
            vec![("token", token.as_str())],
            400,
            r#"{"code":201,"error":"Missing password"}"#,
        ),
        (
            vec![("new_password", "salmon")],
            400,
            r#"{"code":-1,"error":"Missing token"}"#,
        ),
        (
            vec![("token", "x"), ("new_password", "salmon")],
            400,
            r#"{"code":-1,"error":"Failed to reset password: username / email / token is invalid"}"#,
        ),
        (
            vec![("token", token.as_str()), ("new_password", "salmon")],
            200,
            r#""Password successfully reset""#,
        ),
    ] {
        let page = cats.submit_with(path, &fields, &script).await;
        assert_eq!((page.status, page.text.as_str()), (status, text));
    }
}

#[tokio::test]
async fn without_a_mailer_that_is_said() {
    let app = TestApp::start().await;
    for path in ["/requestPasswordReset", "/verificationEmailRequest"] {
        let reply = app
            .post(&Actor::anonymous(), path, json!({"email": "t@x"}))
            .await;
        reply.refuses(
            500,
            1,
            "An appName, publicServerURL, and emailAdapter are required for password reset and email verification functionality.",
        );
    }
}
