//! `/v1/sites`.

use crate::test_app::TestApp;
use reqwest::StatusCode;
use serde_json::{Value, json};

fn mill() -> Value {
    json!({ "id": "mill", "name": "The mill", "jurisdiction": "CA", "position": { "latitude": 45.0, "longitude": -73.0 } })
}

fn with(name: &str, value: Value) -> Value {
    let mut site = mill();
    site[name] = value;
    site
}

#[tokio::test]
async fn the_court_registers_and_every_cat_sees() {
    let test = TestApp::start().await;
    let site = test
        .queen()
        .post("/v1/sites", mill())
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(site["registered_at"], "2026-11-24T12:00:00.000Z");
    assert_eq!(
        test.cat("tom")
            .get("/v1/sites/mill")
            .await
            .expect(StatusCode::OK),
        site
    );
    test.barn().await;
    let first = test
        .cat("tom")
        .get("/v1/sites?limit=1")
        .await
        .expect(StatusCode::OK);
    assert_eq!(first["sites"][0]["id"], "barn");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = test
        .cat("tom")
        .get(&format!("/v1/sites?limit=2&cursor={cursor}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&second["sites"][0]["id"], &second["next_cursor"]),
        (&json!("mill"), &Value::Null)
    );
}

#[tokio::test]
async fn refusals_are_precise() {
    let test = TestApp::start().await;
    test.barn().await;
    let (queen, tom) = (test.queen(), test.cat("tom"));
    assert_eq!(
        tom.post("/v1/sites", mill())
            .await
            .problem(StatusCode::FORBIDDEN)
            .0,
        "forbidden"
    );
    assert_eq!(
        queen
            .post("/v1/sites", with("id", json!("barn")))
            .await
            .problem(StatusCode::CONFLICT)
            .0,
        "site-exists"
    );
}

#[tokio::test]
async fn wrong_values_are_named() {
    let test = TestApp::start().await;
    test.barn().await;
    let queen = test.queen();
    for (name, value, pointer) in [
        ("name", json!(""), "/name"),
        ("jurisdiction", json!("Canada"), "/jurisdiction"),
        (
            "position",
            json!({ "latitude": 91, "longitude": 0 }),
            "/position",
        ),
    ] {
        let problem = queen
            .post("/v1/sites", with(name, value))
            .await
            .problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem, ("invalid-value".into(), vec![pointer.into()]));
    }
    for (name, value) in [
        ("id", json!("../x")),
        ("colour", json!("red")),
        ("position", json!("here")),
        ("name", json!(7)),
    ] {
        let problem = queen
            .post("/v1/sites", with(name, value))
            .await
            .problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem.0, "invalid-body");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_asked() {
    let test = TestApp::start().await;
    let tom = test.cat("tom");
    assert_eq!(
        tom.get("/v1/sites/mill")
            .await
            .problem(StatusCode::NOT_FOUND)
            .0,
        "unknown-site"
    );
    assert_eq!(
        tom.get("/v1/sites/a%20b")
            .await
            .problem(StatusCode::BAD_REQUEST)
            .0,
        "invalid-parameter"
    );
    for query in ["limit=0", "limit=501", "cursor=!!"] {
        assert_eq!(
            tom.get(&format!("/v1/sites?{query}"))
                .await
                .problem(StatusCode::BAD_REQUEST)
                .0,
            "invalid-parameter"
        );
    }
    assert_eq!(
        tom.get("/v1/sites?page=2")
            .await
            .problem(StatusCode::BAD_REQUEST)
            .0,
        "invalid-query"
    );
}
