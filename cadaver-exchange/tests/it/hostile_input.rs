//! Input that is wrong gets a precise answer, never a 500.

use crate::test_app::TestApp;
use chrono::TimeDelta;
use serde_json::json;
use shared_events::{events::cat_node::SessionRevoked, id::CatId};

#[tokio::test]
async fn wrong_bodies_are_refused_precisely() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let kitty = "kitty";
    let post = |body: &str| app.send(app.post_raw("/v1/orders", kitty, body.to_owned()));
    post("{").await.is(400, "malformed-json");
    post("").await.is(400, "malformed-json");
    post("\u{feff}null").await.is(400, "malformed-json");
    post("[]").await.is(422, "invalid-body");
    post(r#"{"market":"mouse-prime","side":"buy","quantity":1,"price":1,"colour":"red"}"#)
        .await
        .is(422, "invalid-body");
    post(r#"{"market":"mouse-prime","side":"lend","quantity":1,"price":1}"#)
        .await
        .is(422, "invalid-body");
    post(r#"{"market":"mouse-prime","side":"buy","quantity":-1,"price":1}"#)
        .await
        .is(422, "invalid-body");
    post(r#"{"market":"mouse-prime","side":"buy","quantity":1.5,"price":1}"#)
        .await
        .is(422, "invalid-body");
    post(r#"{"market":"mouse-prime","side":"buy","quantity":1e400,"price":1}"#)
        .await
        .is(400, "malformed-json");
    post(r#"{"market":"mouse-prime","side":"buy","quantity":1,"price":"1"}"#)
        .await
        .is(422, "invalid-body");
    post(&"[".repeat(10_000)).await.is(422, "invalid-body");
    let large = format!(
        r#"{{"market":"{}","side":"buy","quantity":1,"price":1}}"#,
        "m".repeat(70_000)
    );
    post(&large).await.is(413, "body-too-large");
    let long = format!(
        r#"{{"market":"{}","side":"buy","quantity":1,"price":1}}"#,
        "m".repeat(60_000)
    );
    post(&long).await.is(422, "unknown-market");
    app.send(app.post_raw("/v1/orders", kitty, vec![0xff_u8, 0xfe]))
        .await
        .is(400, "malformed-json");
    assert_eq!(app.as_cat(kitty).kibbles().await, (1000, 0));
}

#[tokio::test]
async fn wrong_paths_are_refused_precisely() {
    let app = TestApp::start().await;
    let kitty = app.as_cat("kitty");
    kitty.get("/v1/lots/%20").await.is(400, "invalid-path");
    kitty
        .get(&format!("/v1/lots/{}", "a".repeat(65)))
        .await
        .is(400, "invalid-path");
    kitty
        .get("/v1/orders/..%2f..%2fetc")
        .await
        .is(400, "invalid-path");
    kitty
        .get("/v1/orders/listing-99999999999999999999999")
        .await
        .is(404, "unknown-order");
    kitty
        .get("/v1/orders?limit=many")
        .await
        .is(400, "invalid-query");
    kitty.get("/v1/tulips").await.is(404, "unknown-path");
    kitty
        .delete("/v1/account")
        .await
        .is(405, "method-not-allowed");
}

#[tokio::test]
async fn tokens_are_demanded_and_checked() {
    let app = TestApp::start().await;
    for path in ["/v1/orders", "/v1/account", "/v1/orders/some"] {
        app.get(path).await.is(401, "unauthorized");
        app.with_token("e30.e30.e30".into())
            .get(path)
            .await
            .is(401, "unauthorized");
    }
    let kitty = app.as_cat("kitty");
    assert_eq!(kitty.get("/v1/account").await.status.as_u16(), 200);
    app.advance(TimeDelta::minutes(16));
    kitty.get("/v1/account").await.is(401, "unauthorized");

    let kitty = app.as_cat("kitty");
    let revoked = SessionRevoked {
        cat: CatId::new("kitty").unwrap(),
        session: "session-kitty".into(),
        revoked_at: app.clock_now(),
    };
    app.tell(&revoked).await;
    kitty.get("/v1/account").await.is(401, "unauthorized");
    let order = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 1});
    kitty
        .post("/v1/orders", order)
        .await
        .is(401, "unauthorized");
}
