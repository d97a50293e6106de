//! Users prove their addresses.

use chrono::TimeDelta;
use serde_json::json;

use super::Actor;
use super::mailed::MailedApp;
use crate::smtp_sink::SmtpSink;
use crate::webhook_sink::WebhookSink;

const VERIFY: (&str, &str) = ("PARSE_SERVER_VERIFY_USER_EMAILS", "true");

#[tokio::test]
async fn a_link_proves_an_address_once() {
    let cats = MailedApp::start(&[VERIFY]).await;
    assert_eq!(cats.sign_up("tom").await.status, 201);
    assert_eq!(cats.look_up("tom").await["emailVerified"], false);
    let mail = cats.sink.next().await;
    assert_eq!(
        (mail.from.as_str(), &mail.to),
        ("cats@cats.example", &vec!["tom@cats.example".to_owned()])
    );
    assert!(
        mail.data
            .contains("Subject: Please confirm your e-mail address for Cats & Co"),
        "{mail:?}"
    );
    let link = mail.link();
    assert!(
        link.starts_with("http://cats.example/parse/apps/cats/verify_email?token="),
        "{link}"
    );
    cats.open("/apps/cats/verify_email?token=wrong")
        .await
        .shows(200, "This link does not work");
    let page = cats.open(&link).await;
    page.shows(200, "Your e-mail address is confirmed");
    assert_eq!(page.header("x-parse-page-param-appname"), "Cats & Co");
    assert_eq!(cats.look_up("tom").await["emailVerified"], true);
    cats.open(&link).await.shows(200, "This link does not work");
}

#[tokio::test]
async fn a_new_address_is_to_be_proved_again() {
    let cats = MailedApp::start(&[VERIFY]).await;
    let tom = cats.sign_up("tom").await;
    let token = Actor::user(tom.body["sessionToken"].as_str().unwrap());
    cats.open(&cats.sink.next().await.link()).await;
    let path = format!("/users/{}", tom.id());
    cats.app.put(&token, &path, json!({"lives": 8})).await;
    assert_eq!(cats.look_up("tom").await["emailVerified"], true);
    cats.app
        .put(&token, &path, json!({"email": "t@cats.example"}))
        .await;
    assert_eq!(cats.look_up("tom").await["emailVerified"], false);
    let mail = cats.sink.next().await;
    assert_eq!(mail.to, ["t@cats.example"]);
    cats.open(&mail.link())
        .await
        .shows(200, "Your e-mail address is confirmed");
}

#[tokio::test]
async fn tokens_end_and_another_may_be_asked_for() {
    let cats = MailedApp::start(&[
        VERIFY,
        ("PARSE_SERVER_EMAIL_VERIFY_TOKEN_VALIDITY_DURATION", "60"),
    ])
    .await;
    cats.sign_up("tom").await;
    let old = cats.sink.next().await.link();
    cats.app.advance(TimeDelta::seconds(61));
    cats.open(&old).await.shows(200, "This link does not work");
    let ask = json!({"email": "tom@cats.example"});
    let reply = cats
        .app
        .post(&Actor::anonymous(), "/verificationEmailRequest", ask)
        .await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    let new = cats.sink.next().await.link();
    assert_ne!(new, old);
    let form = [("username", "tom")];
    let page = cats
        .submit("/apps/cats/resend_verification_email", &form)
        .await;
    assert_eq!(page.status, 303);
    assert!(
        page.header("location")
            .contains("email_verification_send_success.html?"),
        "{page:?}"
    );
    let newest = cats.sink.next().await.link();
    cats.open(&new).await.shows(200, "This link does not work");
    cats.open(&newest)
        .await
        .shows(200, "Your e-mail address is confirmed");
}

#[tokio::test]
async fn a_token_is_used_again_where_that_is_wanted() {
    let cats = MailedApp::start(&[
        VERIFY,
        ("PARSE_SERVER_EMAIL_VERIFY_TOKEN_VALIDITY_DURATION", "60"),
        ("PARSE_SERVER_EMAIL_VERIFY_TOKEN_REUSE_IF_VALID", "true"),
    ])
    .await;
    cats.sign_up("tom").await;
    let first = cats.sink.next().await.link();
    let ask = json!({"email": "tom@cats.example"});
    cats.app
        .post(&Actor::anonymous(), "/verificationEmailRequest", ask)
        .await;
    assert_eq!(cats.sink.next().await.link(), first);
}

#[tokio::test]
async fn nobody_gets_in_before_the_proof_where_that_is_wanted() {
    let cats = MailedApp::start(&[
        VERIFY,
        ("PARSE_SERVER_PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL", "true"),
    ])
    .await;
    let tom = cats.sign_up("tom").await;
    assert_eq!(tom.status, 201);
    assert!(tom.body.get("sessionToken").is_none(), "{tom:?}");
    cats.log_in("tom", "tunafish")
        .await
        .refuses(400, 205, "User email is not verified.");
    cats.log_in("tom", "wrong")
        .await
        .refuses(404, 101, "Invalid username/password.");
    let body = json!({"username": "tom", "password": "tunafish", "ignoreEmailVerification": true});
    let by_master = cats
        .app
        .post(&Actor::master(), "/login", body.clone())
        .await;
    assert_eq!(by_master.status, 200);
    let by_anyone = cats.app.post(&Actor::anonymous(), "/login", body).await;
    by_anyone.refuses(400, 205, "User email is not verified.");
    cats.open(&cats.sink.next().await.link()).await;
    assert_eq!(cats.log_in("tom", "tunafish").await.status, 200);
}

#[tokio::test]
async fn a_webhook_decides_who_is_to_prove_an_address() {
    let hook = WebhookSink::start().await;
    let setting = json!({"webhook": hook.url()}).to_string();
    let cats = MailedApp::start(&[("PARSE_SERVER_VERIFY_USER_EMAILS", &setting)]).await;
    hook.answer(json!({"success": false}));
    cats.sign_up("tom").await;
    assert_eq!(cats.look_up("tom").await.get("emailVerified"), None);
    let asked = hook.next().await.body;
    assert_eq!(
        (
            &asked["setting"],
            &asked["object"]["username"],
            &asked["createdWith"]["action"]
        ),
        (&json!("verifyUserEmails"), &json!("tom"), &json!("signup"))
    );
    assert!(!asked.to_string().contains("tunafish"), "{asked}");
    hook.answer(json!({"success": true}));
    cats.sign_up("kit").await;
    assert_eq!(cats.sink.next().await.to, ["kit@cats.example"]);
}

#[tokio::test]
async fn a_mail_that_cannot_leave_now_leaves_later() {
    let cats = MailedApp::start(&[VERIFY]).await;
    cats.sink.refuse(1, 451);
    cats.sign_up("tom").await;
    while cats.sink.refusals_left() > 0 {
        tokio::task::yield_now().await;
    }
    // Longer than the first wait, however far the failure got; another mail makes the postman look at once.
    cats.app.advance(TimeDelta::hours(1));
    cats.sign_up("kit").await;
    let mut to = vec![cats.sink.next().await.to, cats.sink.next().await.to];
    to.sort();
    assert_eq!(to, [["kit@cats.example"], ["tom@cats.example"]]);
}

/// The adapter that sends to the sink over this kind of URL.
fn adapter(sink: &SmtpSink, rest: &str) -> String {
    let url = format!("smtp://tom:tuna%20fish@127.0.0.1:{}{rest}", sink.port);
    json!({"smtp": url, "from": "cats@cats.example"}).to_string()
}

#[tokio::test]
async fn a_mail_waits_until_the_server_takes_the_password() {
    let sink = SmtpSink::start().await;
    sink.demand_login("tom", "salmon");
    let adapter = adapter(&sink, "");
    let cats = MailedApp::start_on(sink, &adapter, &[VERIFY]).await;
    cats.sign_up("tom").await;
    while cats.sink.wrong_logins() == 0 {
        tokio::task::yield_now().await;
    }
    cats.sink.demand_login("tom", "tuna fish");
    cats.app.advance(TimeDelta::hours(1));
    cats.sign_up("kit").await;
    let mut to = vec![cats.sink.next().await.to, cats.sink.next().await.to];
    to.sort();
    assert_eq!(to, [["kit@cats.example"], ["tom@cats.example"]]);
}

#[tokio::test]
async fn where_tls_is_required_nothing_is_said_in_the_clear() {
    let sink = SmtpSink::start().await;
    let adapter = adapter(&sink, "?tls=required");
    let cats = MailedApp::start_on(sink, &adapter, &[VERIFY]).await;
    cats.sign_up("tom").await;
    while cats.sink.sessions_ended() == 0 {
        tokio::task::yield_now().await;
    }
    let said = cats.sink.verbs();
    let harmless = |verb: &String| ["EHLO", "QUIT"].contains(&verb.as_str());
    assert!(!said.is_empty() && said.iter().all(harmless), "{said:?}");
}

#[tokio::test]
async fn a_webhook_takes_mails_too() {
    let hook = WebhookSink::start().await;
    let adapter = json!({"webhook": hook.url()}).to_string();
    let cats = MailedApp::start(&[VERIFY, ("PARSE_SERVER_EMAIL_ADAPTER", &adapter)]).await;
    cats.sign_up("tom").await;
    let mail = hook.next().await.body;
    assert_eq!(
        (&mail["kind"], &mail["to"], &mail["appName"]),
        (
            &json!("verificationEmail"),
            &json!("tom@cats.example"),
            &json!("Cats & Co")
        )
    );
    cats.open(mail["link"].as_str().unwrap())
        .await
        .shows(200, "Your e-mail address is confirmed");
}
