//! The life of a lot: caught, graded, sold, regraded, spoiled, voided.

use crate::test_app::{TestApp, caught};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Waits until the ticker has brought the lot to `grade`; the clock itself stands still.
async fn until_grade(app: &TestApp, lot: &str, grade: &str) -> Value {
    for _ in 0..1_000 {
        let body = app.get(&format!("/v1/lots/{lot}")).await.body;
        if body["grade"] == grade {
            return body;
        }
        tokio::task::yield_now().await;
    }
    panic!("{lot} never became {grade}");
}

#[tokio::test]
async fn a_lot_ages_from_market_to_market_and_spoils() {
    let app = TestApp::start().await;
    app.catch("mouse-1", "tom").await;
    let asks = |market: &'static str| {
        let app = &app;
        async move { app.get(&format!("/v1/markets/{market}/book")).await.body["asks"].clone() }
    };
    assert_eq!(
        asks("mouse-prime").await,
        json!([{"price": 12, "lots": 1, "orders": 1}])
    );

    app.advance(TimeDelta::hours(6));
    let lot = until_grade(&app, "mouse-1", "standard").await;
    assert_eq!(lot["market"], "mouse-standard");
    assert_eq!(asks("mouse-prime").await, json!([]));
    assert_eq!(
        asks("mouse-standard").await,
        json!([{"price": 8, "lots": 1, "orders": 1}])
    );

    app.advance(TimeDelta::hours(66));
    let lot = until_grade(&app, "mouse-1", "spoiled").await;
    assert_eq!(
        (&lot["market"], &lot["state"]),
        (&json!(null), &json!("spoiled"))
    );
    assert_eq!(asks("mouse-standard").await, json!([]));
}

#[tokio::test]
async fn a_lot_may_be_born_old_or_spoiled() {
    let app = TestApp::start().await;
    let now = app.clock_now();
    app.tell(&caught("older", "tom", now - TimeDelta::hours(30)))
        .await;
    app.tell(&caught("spoiled", "tom", now - TimeDelta::days(15_000)))
        .await;
    assert_eq!(
        app.get("/v1/lots/older").await.body["market"],
        "mouse-salvage"
    );
    assert_eq!(app.get("/v1/lots/spoiled").await.body["grade"], "spoiled");
    let report = app.get("/v1/ledger/balance-report").await.body;
    assert_eq!(
        (&report["balanced"], &report["lots"]["created"]),
        (&json!(true), &json!(2))
    );
}

#[tokio::test]
async fn a_lot_from_the_future_ages_from_now_on() {
    let app = TestApp::start().await;
    app.tell(&caught(
        "early",
        "tom",
        app.clock_now() + TimeDelta::days(400_000),
    ))
    .await;
    assert_eq!(app.get("/v1/lots/early").await.body["grade"], "prime");
    app.advance(TimeDelta::hours(72));
    until_grade(&app, "early", "spoiled").await;
}

#[tokio::test]
async fn only_those_concerned_see_whose_a_lot_is() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    app.as_cat("kitty").order("buy", 1, 12).await;
    let path = "/v1/lots/mouse-1";
    let seen = |body: Value| (body["owner"].clone(), body["hunter"].clone());
    assert_eq!(seen(app.get(path).await.body), (json!(null), json!(null)));
    assert_eq!(
        seen(app.as_cat("garfield").get(path).await.body),
        (json!(null), json!(null))
    );
    assert_eq!(
        seen(app.as_cat("kitty").get(path).await.body),
        (json!("kitty"), json!(null))
    );
    assert_eq!(
        seen(app.as_cat("tom").get(path).await.body),
        (json!("kitty"), json!("tom"))
    );
    assert_eq!(
        seen(app.as_court("queen").get(path).await.body),
        (json!("kitty"), json!("tom"))
    );
    app.with_token("nonsense".into())
        .get(path)
        .await
        .is(401, "unauthorized");
}

#[tokio::test]
async fn a_voided_capture_is_withdrawn_before_it_is_sold() {
    let app = TestApp::start().await;
    app.catch("mouse-1", "tom").await;
    app.void("mouse-1", "tom").await;
    app.void("mouse-1", "tom").await;
    assert_eq!(app.get("/v1/lots/mouse-1").await.body["state"], "withdrawn");
    assert_eq!(
        app.get("/v1/markets/mouse-prime/book").await.body["asks"],
        json!([])
    );
}

#[tokio::test]
async fn a_voided_capture_is_paid_back_after_it_was_sold() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    app.as_cat("kitty").order("buy", 1, 12).await;
    assert_eq!(app.as_cat("tom").kibbles().await, (12, 0));
    app.void("mouse-1", "tom").await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 0));
    assert_eq!(app.as_cat("tom").kibbles().await, (0, 0));
    assert_eq!(app.get("/v1/lots/mouse-1").await.body["state"], "withdrawn");
}

#[tokio::test]
async fn the_house_pays_back_what_the_hunter_has_spent() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    app.as_cat("kitty").order("buy", 1, 12).await;
    app.as_cat("tom").order("buy", 1, 10).await;
    app.void("mouse-1", "tom").await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 0));
    assert_eq!(app.as_cat("tom").kibbles().await, (10, 10));
    let report = app.get("/v1/ledger/balance-report").await.body;
    assert_eq!(
        (
            &report["assets"][0]["house"]["suspense"],
            &report["balanced"]
        ),
        (&json!(-10), &json!(true))
    );
}

#[tokio::test]
async fn a_capture_voided_before_it_is_announced_never_trades() {
    let app = TestApp::start().await;
    app.void("mouse-1", "tom").await;
    app.catch("mouse-1", "tom").await;
    assert_eq!(app.get("/v1/lots/mouse-1").await.body["state"], "withdrawn");
    assert_eq!(
        app.get("/v1/ledger/balance-report").await.body["lots"]["created"],
        1
    );
}
