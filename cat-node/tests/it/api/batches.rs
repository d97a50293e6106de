//! Batches: in order, each request for itself.

use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn each_request_is_answered_in_its_place() {
    let app = TestApp::start().await;
    let requests = json!({"requests": [
        {"method": "POST", "path": "/parse/classes/Game", "body": {"n": 1}},
        {"method": "GET", "path": "/parse/classes/Game/none"},
        {"method": "POST", "path": "/parse/functions/nothing", "body": {}},
        {"method": "GET", "path": "/parse/classes/Other", "body": {"limit": 1}},
        {"method": "GET", "path": "/parse/schemas"},
    ]});
    let reply = app.post(&Actor::anonymous(), "/batch", requests).await;
    assert!(reply.body[0]["success"]["objectId"].is_string());
    assert_eq!(
        reply.body[1]["error"],
        json!({"code": 101, "error": "Object not found."})
    );
    assert_eq!(
        reply.body[2]["error"],
        json!({"code": 141, "error": "Invalid function: \"nothing\""})
    );
    assert_eq!(reply.body[3]["success"], json!({"results": []}));
    assert_eq!(reply.body[4]["error"]["error"], "Permission denied");
}

#[tokio::test]
async fn bad_batches_are_refused_as_a_whole() {
    let app = TestApp::start().await;
    let many: Vec<_> = (0..1_001)
        .map(|_| json!({"method": "GET", "path": "/parse/classes/A"}))
        .collect();
    for (body, error) in [
        (json!({}), "requests must be an array"),
        (
            json!({"requests": [{"method": "POST", "path": "/parse/batch", "body": {}}]}),
            "nested batch requests are not allowed",
        ),
        (
            json!({"requests": [{"method": "PUT", "path": "/nope"}]}),
            "cannot route batch path /nope",
        ),
        (
            json!({"requests": [{"method": "PUT", "path": "/parser/x"}]}),
            "cannot route PUT /r/x",
        ),
        (
            json!({"requests": many}),
            "Batch request contains 1001 sub-requests, which exceeds the limit of 1000.",
        ),
    ] {
        app.post(&Actor::anonymous(), "/batch", body)
            .await
            .refuses(400, 107, error);
    }
}

#[tokio::test]
async fn a_batch_acts_with_the_rights_of_its_caller() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    let acl = json!({id.as_str(): {"read": true, "write": true}});
    let request =
        json!({"method": "POST", "path": "/parse/classes/Game", "body": {"n": 1, "ACL": acl}});
    app.post(&tom, "/batch", json!({"requests": [request]}))
        .await;
    let find = json!({"requests": [{"method": "GET", "path": "/parse/classes/Game"}]});
    let count = |reply: &super::Reply| reply.body[0]["success"]["results"].as_array().map(Vec::len);
    assert_eq!(
        count(&app.post(&tom, "/batch", find.clone()).await),
        Some(1)
    );
    assert_eq!(
        count(&app.post(&Actor::anonymous(), "/batch", find).await),
        Some(0)
    );
}
