//! REST with plain JSON, as with curl.

use super::harness::PubSub;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn call(
    pubsub: &PubSub,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let url = format!("{}/v1/{}{path}", pubsub.endpoint, pubsub.project());
    let mut request = reqwest::Client::new().request(method, url);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_round_in_json() {
    let pubsub = PubSub::embedded().await;
    let put = |path, body| call(&pubsub, Method::PUT, path, Some(body));
    let post = |path, body| call(&pubsub, Method::POST, path, Some(body));
    let (status, topic) = put("/topics/mice", json!({"labels": {"kind": "mouse"}})).await;
    assert_eq!(
        (status, &topic["state"]),
        (StatusCode::OK, &json!("ACTIVE"))
    );
    let body = json!({"topic": pubsub.topic_name("mice"), "messageRetentionDuration": "900s"});
    let (_, subscription) = put("/subscriptions/cats", body).await;
    assert_eq!(subscription["messageRetentionDuration"], "900s");
    let message = json!({"data": "bW91c2U=", "attributes": {"kind": "mouse"}, "orderingKey": "k"});
    let (_, published) = post("/topics/mice:publish", json!({"messages": [message]})).await;
    let (_, pulled) = post("/subscriptions/cats:pull", json!({"maxMessages": 10})).await;
    let received = &pulled["receivedMessages"][0];
    assert_eq!(received["message"]["messageId"], published["messageIds"][0]);
    assert_eq!(received["message"]["data"], "bW91c2U=");
    assert_eq!(received["message"]["attributes"], json!({"kind": "mouse"}));
    assert!(received["message"]["publishTime"].is_string());
    let ack_ids = json!({"ackIds": [received["ackId"]]});
    let (status, answer) = post("/subscriptions/cats:acknowledge", ack_ids).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({})));
    let at_once = json!({"maxMessages": 10, "returnImmediately": true});
    assert_eq!(post("/subscriptions/cats:pull", at_once).await.1, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_googles() {
    let pubsub = PubSub::embedded().await;
    pubsub.create_topic("mice").await;
    for (method, path, body, status, name) in [
        (Method::GET, "/topics/absent", None, 404, "NOT_FOUND"),
        (
            Method::PUT,
            "/topics/mice",
            Some(json!({})),
            409,
            "ALREADY_EXISTS",
        ),
        (
            Method::PUT,
            "/topics/ab",
            Some(json!({})),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            Method::POST,
            "/topics/mice:publish",
            Some(json!({"messages": 7})),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            Method::POST,
            "/topics/mice:publish",
            Some(json!({"mesages": []})),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            Method::POST,
            "/topics/mice:explode",
            Some(json!({})),
            404,
            "NOT_FOUND",
        ),
        (Method::GET, "/nests", None, 404, "NOT_FOUND"),
        (
            Method::GET,
            "/topics?pageSize=-1",
            None,
            400,
            "INVALID_ARGUMENT",
        ),
    ] {
        let (got, answer) = call(&pubsub, method, path, body).await;
        assert_eq!(got.as_u16(), status, "{path}: {answer}");
        assert_eq!(answer["error"]["status"], name, "{path}");
        assert_eq!(answer["error"]["code"], status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_answers_ok() {
    let pubsub = PubSub::embedded().await;
    let response = reqwest::get(&pubsub.endpoint).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap().trim(), "Ok");
}
