//! Whatever arrives, the answer is a precise 4xx in problem form, and nothing is stored.

use crate::test_app::TestApp;
use reqwest::{Method, StatusCode};
use serde_json::json;
use shared_events::events::mouse_trap::{RodentCaught, TrapRegistered};

const POSTS: [&str; 6] = [
    "/v1/sites",
    "/v1/traps",
    "/v1/traps/a/reports",
    "/v1/captures/c/void",
    "/v1/traps/%F0%9F%90%AD/reports",
    "/v1/captures/a%20b/void",
];

const BODIES: [&str; 14] = [
    "",
    " ",
    "{",
    "{}",
    "[]",
    "null",
    "7",
    "\"text\"",
    "{\"id\": \"a\", \"id\": \"b\"}",
    "{\"reports\": [null]}",
    "{\"reports\": [{\"boot\": \"1\", \"counter\": 1e400, \"at\": \"now\", \"kind\": \"catch\"}]}",
    "{\"reason\": \"\\u0000\"}",
    "{\"reason\": \"\\ud800\"}",
    "{\"position\": {\"latitude\": 1e999, \"longitude\": \"x\"}}",
];

const GETS: [&str; 12] = [
    "/v1/sites/%00",
    "/v1/sites/..%2F..%2Fetc",
    "/v1/traps/%F0%9F%90%AD",
    "/v1/traps/%FF%FE",
    "/v1/traps?limit=-1",
    "/v1/traps?limit=99999999999999999999",
    "/v1/traps?limit=1&limit=2",
    "/v1/captures?cursor=%FF",
    "/v1/captures?since=0000-00-00",
    "/v1/captures?hunter=",
    "/v1/imports/portal/rows?outcome=escaped",
    "/v1/bycatch?site=%27%20OR%201%3D1",
];

#[tokio::test]
async fn hostile_bodies_are_refused() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let court = test.queen();
    for path in POSTS {
        for body in BODIES {
            let sender = if path.contains("reports") {
                &trap
            } else {
                &court
            };
            let answer = sender
                .send(Method::POST, path, Some("application/json"), body)
                .await;
            assert!(
                answer.status.is_client_error(),
                "{path} {body:?}: {answer:?}"
            );
        }
    }
    assert_eq!(test.pending::<TrapRegistered>().await.len(), 1);
    assert!(test.pending::<RodentCaught>().await.is_empty());
}

#[tokio::test]
async fn hostile_questions_are_refused() {
    let test = TestApp::start().await;
    test.barn().await;
    for path in GETS {
        let answer = test.queen().get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn hostile_credentials_are_refused() {
    let test = TestApp::start().await;
    test.barn().await;
    test.trap("tom", "a").await;
    let batch = json!({ "reports": [{ "boot": "1", "counter": 1, "at": "2026-11-24T11:00:00Z", "kind": "heartbeat" }] });
    for token in [
        "",
        " ",
        "mt_",
        "é",
        "a b c",
        &"x".repeat(4000),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0b20ifQ.",
    ] {
        let stranger = test.actor(Some(token.to_owned()));
        assert_eq!(
            stranger
                .post("/v1/traps/a/reports", batch.clone())
                .await
                .status,
            StatusCode::UNAUTHORIZED,
            "{token}"
        );
        assert_eq!(
            stranger.get("/v1/captures").await.status,
            StatusCode::UNAUTHORIZED,
            "{token}"
        );
    }
}
