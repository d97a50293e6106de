//! Passwords: what they have to be, how long they last, which ones may not come back.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use super::{Actor, TestApp};
use crate::webhook_sink::WebhookSink;

async fn app(policy: &Json) -> TestApp {
    TestApp::start_with(&[("PARSE_SERVER_PASSWORD_POLICY", &policy.to_string())]).await
}

#[tokio::test]
async fn weak_passwords_are_refused_in_the_operators_words() {
    let app = app(&json!({
        "validatorPattern": r"^(?=.*[a-z])(?=.*\d).{6,}$",
        "validationError": "Six characters and a digit, please.",
        "doNotAllowUsername": true,
    }))
    .await;
    let sign_up = |password: &str| json!({"username": "tom", "password": password});
    let anyone = Actor::anonymous();
    let weak = app.post(&anyone, "/users", sign_up("tuna1")).await;
    weak.refuses(400, 142, "Six characters and a digit, please.");
    let name = app.post(&anyone, "/users", sign_up("tomcat11")).await;
    name.refuses(400, 142, "Password cannot contain your username.");
    let good = app.post(&anyone, "/users", sign_up("tunafish1")).await;
    assert_eq!(good.status, 201);
    let tom = Actor::user(good.body["sessionToken"].as_str().unwrap());
    let path = format!("/users/{}", good.id());
    let changed = app.put(&tom, &path, json!({"password": "9tom-tom"})).await;
    changed.refuses(400, 142, "Password cannot contain your username.");
    let changed = app.put(&tom, &path, json!({"password": "salmon"})).await;
    changed.refuses(400, 142, "Six characters and a digit, please.");
    assert_eq!(app.get(&tom, "/users/me").await.status, 200);
}

#[tokio::test]
async fn old_passwords_do_not_come_back() {
    let app = app(&json!({"maxPasswordHistory": 3})).await;
    let (id, mut tom) = app.sign_up("tom").await;
    let path = format!("/users/{id}");
    let repeated = "New password should not be the same as last 3 passwords.";
    for password in ["salmon", "trout"] {
        let changed = app.put(&tom, &path, json!({"password": password})).await;
        tom = Actor::user(changed.body["sessionToken"].as_str().unwrap());
    }
    for password in ["tuna", "salmon", "trout"] {
        let changed = app.put(&tom, &path, json!({"password": password})).await;
        changed.refuses(400, 142, repeated);
    }
    let changed = app.put(&tom, &path, json!({"password": "herring"})).await;
    let tom = Actor::user(changed.body["sessionToken"].as_str().unwrap());
    let changed = app.put(&tom, &path, json!({"password": "tuna"})).await;
    assert_eq!(changed.status, 200, "the fourth last is old enough");
    assert!(changed.body.get("_password_history").is_none());
}

#[tokio::test]
async fn a_password_gets_too_old() {
    let app = app(&json!({"maxPasswordAge": 1})).await;
    app.sign_up("tom").await;
    let log_in = json!({"username": "tom", "password": "tuna"});
    let anyone = Actor::anonymous();
    app.advance(TimeDelta::hours(23));
    assert_eq!(
        app.post(&anyone, "/login", log_in.clone()).await.status,
        200
    );
    app.advance(TimeDelta::hours(2));
    let late = app.post(&anyone, "/login", log_in.clone()).await;
    late.refuses(
        404,
        101,
        "Your password has expired. Please reset your password.",
    );
    assert_eq!(
        app.post(&anyone, "/verifyPassword", log_in).await.status,
        200
    );
}

#[tokio::test]
async fn a_webhook_validates_passwords() {
    let sink = WebhookSink::start().await;
    let app = app(&json!({"validatorCallback": {"webhook": sink.url(), "key": "whiskers"}})).await;
    let sign_up = |name: &str| json!({"username": name, "password": "tuna"});
    sink.answer(json!({"success": false}));
    let refused = app
        .post(&Actor::anonymous(), "/users", sign_up("tom"))
        .await;
    refused.refuses(
        400,
        142,
        "Password does not meet the Password Policy requirements.",
    );
    sink.answer(json!({"success": true}));
    let taken = app
        .post(&Actor::anonymous(), "/users", sign_up("tom"))
        .await;
    assert_eq!(taken.status, 201);
    let asked = sink.next().await;
    assert_eq!(
        (asked.key.as_str(), asked.body),
        ("whiskers", json!({"password": "tuna"}))
    );
    sink.answer(json!("what?"));
    let failed = app
        .post(&Actor::anonymous(), "/users", sign_up("kit"))
        .await;
    assert_eq!(failed.status, 500, "no answer is no yes");
}
