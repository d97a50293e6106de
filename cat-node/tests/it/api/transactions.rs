//! Batches with `transaction: true`: all of it or nothing.

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

fn batch(requests: &Json) -> Json {
    json!({"transaction": true, "requests": requests})
}

async fn numbers(app: &TestApp) -> Vec<i64> {
    let found = app
        .find(&Actor::master(), "Game", json!({"order": "n"}))
        .await;
    let results = found.body["results"].as_array().unwrap();
    results
        .iter()
        .filter_map(|game| game["n"].as_i64())
        .collect()
}

#[tokio::test]
async fn a_transaction_is_done_as_a_whole() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let kept = app
        .post(&anyone, "/classes/Game", json!({"n": 1}))
        .await
        .id();
    let gone = app
        .post(&anyone, "/classes/Game", json!({"n": 2}))
        .await
        .id();
    let add = json!({"n": {"__op": "Increment", "amount": 10}});
    let path = format!("/parse/classes/Game/{kept}");
    let requests = json!([
        {"method": "POST", "path": "/parse/classes/Game", "body": {"n": 5}},
        {"method": "PUT", "path": path, "body": add},
        {"method": "PUT", "path": path, "body": add},
        {"method": "GET", "path": path},
        {"method": "DELETE", "path": format!("/parse/classes/Game/{gone}")},
    ]);
    let reply = app.post(&anyone, "/batch", batch(&requests)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body[3]["success"]["n"], 21);
    assert_eq!(reply.body[4], json!({"success": {}}));
    assert_eq!(numbers(&app).await, [5, 21]);
}

#[tokio::test]
async fn one_refusal_undoes_all() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let id = app
        .post(&anyone, "/classes/Game", json!({"n": 1}))
        .await
        .id();
    app.sign_up("tom").await;
    for last in [
        json!({"method": "PUT", "path": "/parse/classes/Game/nobody", "body": {"n": 8}}),
        json!({"method": "POST", "path": "/parse/classes/Game", "body": {"n": "eight"}}),
        json!({"method": "POST", "path": "/parse/users", "body": {"username": "tom", "password": "x"}}),
    ] {
        let requests = json!([
            {"method": "POST", "path": "/parse/classes/Game", "body": {"n": 7}},
            {"method": "PUT", "path": format!("/parse/classes/Game/{id}"), "body": {"n": 8}},
            last,
        ]);
        let reply = app.post(&anyone, "/batch", batch(&requests)).await;
        let failed = json!({"code": 1, "message": "Internal server error."});
        assert_eq!((reply.status, &reply.body), (500, &failed), "{last}");
        assert_eq!(numbers(&app).await, [1], "{last}");
    }
}

#[tokio::test]
async fn a_transaction_is_no_way_around_access() {
    let app = TestApp::start().await;
    let hidden = app
        .post(
            &Actor::master(),
            "/classes/Game",
            json!({"n": 1, "ACL": {}}),
        )
        .await
        .id();
    let path = format!("/parse/classes/Game/{hidden}");
    for request in [
        json!({"method": "PUT", "path": path, "body": {"n": 2}}),
        json!({"method": "DELETE", "path": path}),
    ] {
        let reply = app
            .post(&Actor::anonymous(), "/batch", batch(&json!([request])))
            .await;
        assert_eq!(reply.status, 500, "{request}");
    }
    assert_eq!(numbers(&app).await, [1]);
}

#[tokio::test]
async fn concurrent_transactions_all_count() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let id = app
        .post(&anyone, "/classes/Game", json!({"n": 0}))
        .await
        .id();
    let add = json!({"method": "PUT", "path": format!("/parse/classes/Game/{id}"), "body": {"n": {"__op": "Increment", "amount": 1}}});
    let both = json!([add, add]);
    let replies = (0..8).map(|_| app.post(&anyone, "/batch", batch(&both)));
    for reply in futures_util::future::join_all(replies).await {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(numbers(&app).await, [16]);
}
