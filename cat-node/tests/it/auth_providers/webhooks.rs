//! Providers of the operator's own, asked by webhook.

use serde_json::{Value as Json, json};

use super::provider::Provider;
use crate::api::{Actor, Reply, TestApp};

async fn start(provider: &Provider, more: &Json) -> TestApp {
    let mut hook =
        json!({"webhook": format!("{}/ask", provider.url), "key": "hush", "timeout_ms": 2000});
    hook.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let auth = json!({"cattery": hook}).to_string();
    TestApp::start_with(&[("PARSE_SERVER_AUTH_PROVIDERS", &auth)]).await
}

async fn sign_up_with(app: &TestApp, auth_data: Json) -> Reply {
    app.post(
        &Actor::anonymous(),
        "/users",
        json!({"authData": auth_data}),
    )
    .await
}

#[tokio::test]
async fn a_hook_vouches_for_users() {
    let provider = Provider::start();
    let app = start(&provider, &json!({})).await;
    let answer =
        json!({"success": {"authData": {"id": "11", "kept": true}, "response": {"hello": "tom"}}});
    provider.answer("/ask", &answer);
    let first = sign_up_with(&app, json!({"cattery": {"id": "11", "token": "t"}})).await;
    assert_eq!(
        first.body["authDataResponse"],
        json!({"cattery": {"hello": "tom"}}),
        "{first:?}"
    );
    let asked = &provider.asked("/ask")[0];
    assert_eq!(asked.headers["x-parse-webhook-key"], "hush");
    let question: Json = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        (
            &question["provider"],
            &question["step"],
            &question["authData"]
        ),
        (
            &json!("cattery"),
            &json!("setUp"),
            &json!({"id": "11", "token": "t"})
        )
    );
    let user = app
        .get(&Actor::master(), &format!("/users/{}", first.id()))
        .await;
    assert_eq!(
        user.body["authData"],
        json!({"cattery": {"id": "11", "kept": true}})
    );

    let again = sign_up_with(&app, json!({"cattery": {"id": "11", "token": "t"}})).await;
    assert_eq!(again.id(), first.id());
    let question: Json = serde_json::from_str(&provider.asked("/ask")[1].body).unwrap();
    assert_eq!(
        (&question["step"], &question["userId"]),
        (&json!("login"), &json!(first.id()))
    );
}

#[tokio::test]
async fn a_hook_refuses_users_in_its_own_words() {
    let provider = Provider::start();
    let app = start(&provider, &json!({})).await;
    let cat = json!({"cattery": {"id": "11"}});
    provider.answer("/ask", &json!({"error": "not today"}));
    sign_up_with(&app, cat.clone())
        .await
        .refuses(400, 141, "not today");
    provider.answer(
        "/ask",
        &json!({"error": {"code": 101, "message": "no such cat"}}),
    );
    sign_up_with(&app, cat.clone())
        .await
        .refuses(404, 101, "no such cat");
    for nonsense in [
        "",
        "{}",
        "true",
        "{\"success\": 1}",
        "{\"success\": {}, \"error\": \"x\"}",
    ] {
        provider.answer_with("/ask", 200, nonsense);
        let reply = sign_up_with(&app, cat.clone()).await;
        reply.refuses(400, 141, "Auth failed. Unknown error.");
    }
    provider.answer_with("/ask", 500, "{\"success\": {}}");
    let reply = sign_up_with(&app, cat).await;
    reply.refuses(400, 141, "Auth failed. Unknown error.");
}

#[tokio::test]
async fn an_additional_provider_has_to_be_brought() {
    let provider = Provider::start();
    let app = start(&provider, &json!({"policy": "additional"})).await;
    provider.answer("/ask", &json!({"success": {}}));
    let (id, tom) = app.sign_up("tom").await;
    let data = json!({"cattery": {"id": "11"}});
    let linked = app
        .put(&tom, &format!("/users/{id}"), json!({"authData": data}))
        .await;
    assert_eq!(linked.status, 200, "{linked:?}");
    let login =
        |auth_data: Json| json!({"username": "tom", "password": "tuna", "authData": auth_data});
    let anyone = Actor::anonymous();
    let refusal = app.post(&anyone, "/login", login(json!({}))).await;
    refusal.refuses(400, -1, "Missing additional authData cattery");
    assert_eq!(
        app.post(&anyone, "/login", login(data.clone()))
            .await
            .status,
        200
    );
    provider.answer("/ask", &json!({"error": "no"}));
    app.post(&anyone, "/login", login(data))
        .await
        .refuses(400, 141, "no");
}

#[tokio::test]
async fn a_hook_is_challenged() {
    let provider = Provider::start();
    let app = start(&provider, &json!({})).await;
    provider.answer("/ask", &json!({"success": {"response": {"nonce": "n"}}}));
    let body = json!({"challengeData": {"cattery": {"for": "tom"}, "nope": {}}});
    let reply = app.post(&Actor::anonymous(), "/challenge", body).await;
    assert_eq!(
        reply.body,
        json!({"challengeData": {"cattery": {"nonce": "n"}}}),
        "{reply:?}"
    );
    let question: Json = serde_json::from_str(&provider.asked("/ask")[0].body).unwrap();
    assert_eq!(
        (&question["step"], &question["challengeData"]),
        (&json!("challenge"), &json!({"for": "tom"}))
    );
}
