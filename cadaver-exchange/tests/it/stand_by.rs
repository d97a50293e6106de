//! Several processes on one database: one trades, the others wait, and nothing is written by one whose time is over.

use crate::{
    backends,
    process::Process,
    restart::some_trading,
    test_app::{TestApp, caught},
};
use cadaver_exchange::engine::NotTrading;
use serde_json::json;
use shared_events::bus::Verdict;

const TTL: (&str, &str) = ("CADAVER_EXCHANGE__LEASE__TTL_MS", "300");

async fn a_stand_by_waits_and_takes_over(environment: &[(&'static str, &str)]) {
    let mut app = TestApp::start_with(environment).await;
    some_trading(&app, 0).await;
    let mut rival = TestApp::start_beside(&app).await;
    assert_eq!(
        rival.engine.look(|_, position| position).await,
        Err(NotTrading::StandBy)
    );
    let delivery = rival.delivery(&caught("mouse-2", "tom", rival.clock_now()));
    let verdicts = rival.deliver(std::slice::from_ref(&delivery)).await;
    assert!(matches!(verdicts[0], Verdict::Retry(_)), "{verdicts:?}");
    rival.get("/v1/markets").await.is(503, "stand-by");
    rival.get("/v1/feed").await.is(503, "stand-by");
    assert_eq!(rival.get("/livez").await.status.as_u16(), 200);
    let readiness = rival.get("/readyz").await;
    assert_eq!(readiness.status.as_u16(), 503);
    assert!(readiness.body.to_string().contains("stand-by"));

    some_trading(&app, 1).await;
    let before = app.state_hash().await;
    app.stop().await;
    rival.engine.until_trading().await.unwrap();
    assert_eq!(rival.state_hash().await["hash"], before["hash"]);
    assert_eq!(rival.deliver(&[delivery]).await, [Verdict::Done]);
    rival.stop().await;
}

#[tokio::test]
async fn a_stand_by_waits_and_takes_over_on_sqlite() {
    a_stand_by_waits_and_takes_over(&[TTL]).await;
}

#[tokio::test]
async fn a_stand_by_waits_and_takes_over_on_mongodb() {
    if let Some(database) = backends::mongodb_url() {
        a_stand_by_waits_and_takes_over(&[TTL, ("DATABASE_URL", &database)]).await;
    }
}

/// A process that was stopped for longer than its lease lives wakes up, and finds that it may not write any more.
async fn a_sleeper_is_fenced(database: Option<String>) {
    let mut app = TestApp::start().await;
    if let Some(database) = &database {
        app.stop().await;
        app = TestApp::start_with(&[("DATABASE_URL", database)]).await;
    }
    app.welcome("kitty").await;
    app.stop().await;
    let token = app.token_now("kitty");
    let url = database.unwrap_or_else(|| format!("sqlite://{}", app.database().display()));

    let sleeper = Process::start_on(&url, &[TTL]);
    sleeper.until_ready().await;
    let order = |name: &str| json!({"market": "rat-prime", "side": "buy", "quantity": 1, "price": 1, "client_order_id": name});
    assert_eq!(sleeper.post("/v1/orders", &token, &order("a")).await, 201);
    let waiting = Process::start_on(&url, &[TTL]);
    assert_eq!(waiting.post("/v1/orders", &token, &order("b")).await, 503);

    sleeper.signal("STOP");
    waiting.until_ready().await;
    assert_eq!(waiting.post("/v1/orders", &token, &order("c")).await, 201);
    // It wakes up with a request waiting, which it must neither carry out nor answer from what it knows.
    let late = sleeper.post_soon("/v1/orders", &token, &order("d"));
    sleeper.signal("CONT");
    assert_ne!(late.await, 201);
    assert!(!sleeper.ended_well().await, "it says that it was fenced");

    let orders = waiting.get("/v1/orders", &token).await;
    let kept: Vec<_> = orders["orders"].as_array().unwrap().iter().collect();
    let names: Vec<_> = kept
        .iter()
        .map(|order| order["client_order_id"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["c", "a"]);
    waiting.kill();
}

#[tokio::test]
async fn a_sleeper_is_fenced_on_sqlite() {
    a_sleeper_is_fenced(None).await;
}

#[tokio::test]
async fn a_sleeper_is_fenced_on_mongodb() {
    if let Some(database) = backends::mongodb_url() {
        a_sleeper_is_fenced(Some(database)).await;
    }
}

#[tokio::test]
async fn a_stand_by_takes_over_from_one_that_was_killed() {
    let mut app = TestApp::start().await;
    app.welcome("kitty").await;
    app.stop().await;
    let token = app.token_now("kitty");
    let url = format!("sqlite://{}", app.database().display());
    let mut active = Process::start_on(&url, &[TTL]);
    active.until_ready().await;
    for round in 0..3 {
        let next = Process::start_on(&url, &[TTL]);
        let order = json!({"market": "rat-prime", "side": "buy", "quantity": 1, "price": 1, "client_order_id": format!("order-{round}")});
        assert_eq!(active.post("/v1/orders", &token, &order).await, 201);
        active.kill();
        next.until_ready().await;
        let orders = next.get("/v1/orders", &token).await;
        assert_eq!(orders["orders"].as_array().unwrap().len(), round + 1);
        active = next;
    }
    active.kill();
}
