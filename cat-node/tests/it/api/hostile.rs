//! Input that means harm, or means nothing: a precise 4xx, never a 500, never half a write.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

/// Names that other databases' or languages' machinery gives a meaning to.
const NAMES: &[&str] = &[
    "a\"; DROP TABLE class_1; --",
    "a') OR 1=1 --",
    "$.fields",
    "__proto__",
    "constructor",
    "a\u{0}b",
    "a.b.",
    "_hashed_password",
    "",
    "../../etc/passwd",
    "名前",
];

#[tokio::test]
async fn hostile_names_find_and_change_nothing() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    app.post(&anyone, "/classes/Game", json!({"n": 1})).await;
    for name in NAMES {
        let created = app.post(&anyone, "/classes/Game", json!({*name: 1})).await;
        assert_eq!(created.status, 400, "field {name:?}: {created:?}");
        for query in [json!({"where": {*name: 1}}), json!({"order": name})] {
            let found = app.find(&anyone, "Game", query.clone()).await;
            assert!(
                found.status == 400 || is_harmless(name, &query),
                "query {name:?}: {found:?}"
            );
        }
        for shape in [
            json!({"keys": name}),
            json!({"include": name}),
            json!({"excludeKeys": name}),
        ] {
            let found = app.find(&anyone, "Game", shape).await;
            assert_eq!(found.status, 200, "shape {name:?}: {found:?}");
        }
        let class = urlencode(name);
        let read = app.get(&anyone, &format!("/classes/{class}")).await;
        assert!(read.status < 500, "class {name:?}: {read:?}");
        let by_id = app.get(&anyone, &format!("/classes/Game/{class}")).await;
        assert!(by_id.status < 500, "id {name:?}: {by_id:?}");
        let value = app
            .find(&anyone, "Game", json!({"where": {"n": name}}))
            .await;
        assert_eq!(value.body, json!({"results": []}), "value {name:?}");
    }
    assert_eq!(
        app.find(&anyone, "Game", json!({})).await.body["results"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

/// What is prohibited as a key of what is written is a plain word in a query, and nothing is no order.
fn is_harmless(name: &str, query: &Json) -> bool {
    name == "constructor" || (name.is_empty() && query.get("order").is_some())
}

fn urlencode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn values_are_only_values() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    for name in NAMES {
        let id = app
            .post(&anyone, "/classes/Game", json!({"text": name}))
            .await
            .id();
        let found = app
            .find(
                &anyone,
                "Game",
                json!({"where": {"text": name}, "order": "-createdAt"}),
            )
            .await;
        assert_eq!(found.body["results"][0]["objectId"], json!(id), "{name:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused() {
    let app = TestApp::start().await;
    let client = reqwest::Client::new();
    for body in ["{bad", "1", "null", "\"x\"", "{\"a\":1}}"] {
        let request = client
            .post(app.url("/parse/classes/Game"))
            .header("X-Parse-Application-Id", "cats");
        let reply = request.body(body).send().await.unwrap();
        assert_eq!(reply.status(), 400, "{body}");
        let refusal: Json = reply.json().await.unwrap();
        assert!(
            refusal["code"].is_null() && refusal["error"].is_string(),
            "{body}"
        );
    }
    let empty = client
        .post(app.url("/parse/classes/Game"))
        .header("X-Parse-Application-Id", "cats")
        .send()
        .await;
    assert_eq!(empty.unwrap().status(), 201);
}

#[tokio::test]
async fn depth_and_size_are_bounded() {
    let app = TestApp::start_with(&[("CAT_NODE__HTTP__MAX_BODY_BYTES", "100000")]).await;
    let anyone = Actor::anonymous();
    let deep = (0..90).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(
        app.post(&anyone, "/classes/Game", json!({"deep": deep}))
            .await
            .body["code"],
        107
    );
    let very_deep = "[".repeat(50_000);
    let reply = app
        .send(
            &anyone,
            Method::POST,
            "/parse/classes/Game",
            Some(json!({"where": very_deep})),
        )
        .await;
    assert!(reply.status < 500, "{reply:?}");
    let ors = (0..40).fold(json!({"a": 1}), |inner, _| json!({"$or": [inner]}));
    assert_eq!(
        app.find(&anyone, "Game", json!({"where": ors})).await.body["code"],
        102
    );
    let big = app
        .post(
            &anyone,
            "/classes/Game",
            json!({"big": "x".repeat(200_000)}),
        )
        .await;
    assert_eq!(
        (big.status, big.body),
        (413, json!({"error": "request entity too large"}))
    );
    let includes = vec!["a.b"; 5_000].join(",");
    assert_eq!(
        app.find(&anyone, "Game", json!({"include": includes}))
            .await
            .status,
        200
    );
    let deep_include = vec!["a"; 50].join(".");
    assert_eq!(
        app.find(&anyone, "Game", json!({"include": deep_include}))
            .await
            .body["code"],
        102
    );
}

#[tokio::test]
async fn patterns_take_linear_time_or_are_refused() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    app.post(
        &anyone,
        "/classes/Game",
        json!({"name": "a".repeat(50_000)}),
    )
    .await;
    for pattern in ["^(a+)+$b", "(a|a)*b", "(.*)*x"] {
        let found = app
            .find(
                &anyone,
                "Game",
                json!({"where": {"name": {"$regex": pattern}}}),
            )
            .await;
        assert_eq!(found.body, json!({"results": []}), "{pattern}");
    }
    for pattern in ["(", "(?=a)b", "(a)\\1", "a{1000}{1000}{1000}"] {
        let refused = app
            .find(
                &anyone,
                "Game",
                json!({"where": {"name": {"$regex": pattern}}}),
            )
            .await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!(102)),
            "{pattern}"
        );
    }
}

#[tokio::test]
async fn absurd_parameters_are_refused() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    for query in [
        json!({"limit": "x"}),
        json!({"skip": -1}),
        json!({"limit": {"$gt": 0}}),
        json!({"where": 1}),
        json!({"where": {"$or": 1}}),
        json!({"where": {"g": {"$nearSphere": 1}}}),
        json!({"where": {"d": {"$lt": {"$relativeTime": "in 99999999999999 years"}}}}),
    ] {
        let found = app.find(&anyone, "Game", query.clone()).await;
        assert_eq!(found.status, 400, "{query}: {found:?}");
    }
    for body in [
        json!({"d": {"__type": "Date", "iso": "+262143-01-01T00:00:00Z"}}),
        json!({"d": {"__type": "Date", "iso": 253_402_300_800_000_i64}}),
        json!({"d": {"__type": "Date", "iso": "soon"}}),
        json!({"p": {"__type": "Pointer", "className": "_Join:users:_Role", "objectId": "x"}}),
        json!({"n": {"__op": "Batch", "ops": [{"__op": "Batch", "ops": []}]}}),
        json!({"rel": {"__op": "AddRelation", "objects": [1]}}),
    ] {
        let created = app.post(&anyone, "/classes/Game", body.clone()).await;
        assert_eq!(created.status, 400, "{body}: {created:?}");
    }
    for (method, path) in [
        (Method::PATCH, "/parse/classes/Game"),
        (Method::DELETE, "/parse/classes/Game"),
        (Method::GET, "/parse/nope"),
    ] {
        assert_eq!(
            app.send(&anyone, method, path, None).await.status,
            404,
            "{path}"
        );
    }
}

#[tokio::test]
async fn prohibited_words_are_found_everywhere() {
    let app = TestApp::start().await;
    let error = "Prohibited keyword in request data: {\"key\":\"constructor\"}.";
    let nested = json!({"a": [{"b": {"constructor": {}}}]});
    app.post(&Actor::anonymous(), "/classes/Game", nested.clone())
        .await
        .refuses(400, 105, error);
    let batch =
        json!({"requests": [{"method": "POST", "path": "/parse/classes/Game", "body": nested}]});
    let answers = app.post(&Actor::anonymous(), "/batch", batch).await;
    assert_eq!(
        answers.body[0]["error"],
        json!({"code": 105, "error": error})
    );
}

#[tokio::test]
async fn a_class_cannot_be_blown_up() {
    let app = TestApp::start().await;
    let fields = |range: std::ops::Range<u32>| -> Json {
        Json::Object(range.map(|n| (format!("f{n}"), json!(n))).collect())
    };
    let created = app
        .post(&Actor::anonymous(), "/classes/Game", fields(0..990))
        .await;
    assert_eq!(created.status, 201);
    let refused = app
        .post(&Actor::anonymous(), "/classes/Game", fields(990..1_010))
        .await;
    refused.refuses(400, 255, "Class Game cannot have more than 1000 fields.");
    let too_many = app
        .post(&Actor::anonymous(), "/classes/Game", fields(0..1_001))
        .await;
    assert_eq!(too_many.body["code"], 107);
}
