//! A restart brings back exactly what was; damage is found.

use crate::{
    backends,
    test_app::{TestApp, caught},
};
use chrono::TimeDelta;
use serde_json::json;

pub(crate) async fn some_trading(app: &TestApp, round: u32) {
    app.welcome("kitty").await;
    let now = app.clock_now();
    let batch: Vec<_> = (0..300)
        .map(|number| {
            let age = TimeDelta::minutes(i64::from(number));
            app.delivery(&caught(&format!("m-{round}-{number}"), "tom", now - age))
        })
        .collect();
    app.deliver(&batch).await;
    app.as_cat("kitty").order("buy", 3, 14).await;
    app.as_cat("kitty").order("buy", 2, 5).await;
    app.void(&format!("m-{round}-7"), "tom").await;
}

#[tokio::test]
async fn a_restart_brings_back_the_same_state() {
    let mut app = TestApp::start().await;
    some_trading(&app, 0).await;
    let before = app.state_hash().await;
    app.restart().await;
    assert_eq!(app.state_hash().await["hash"], before["hash"]);
    assert_eq!(
        app.get("/v1/markets/mouse-prime/trades").await.body["trades"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        app.as_cat("kitty").get("/v1/orders").await.body["orders"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_restart_from_a_snapshot_is_the_same_as_from_the_journal() {
    let every = [("CADAVER_EXCHANGE__ENGINE__SNAPSHOT_EVERY", "1000")];
    let mut app = TestApp::start_with(&every).await;
    for round in 0..5 {
        some_trading(&app, round).await;
    }
    let before = app.state_hash().await;
    app.restart().await;
    assert_eq!(app.state_hash().await["hash"], before["hash"]);
    let snapshots = rusqlite::Connection::open(app.database()).unwrap();
    let kept: i64 = snapshots
        .query_row("SELECT count(*) FROM snapshot", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 2);

    // A damaged snapshot is passed over; without any, all of the journal is replayed.
    let damage = "UPDATE snapshot_part SET bytes = zeroblob(10) WHERE position = (SELECT max(position) FROM snapshot)";
    assert_eq!(snapshots.execute(damage, []).unwrap(), 1);
    app.restart().await;
    assert_eq!(app.state_hash().await["hash"], before["hash"]);
    snapshots.execute("DELETE FROM snapshot", []).unwrap();
    app.restart().await;
    assert_eq!(app.state_hash().await["hash"], before["hash"]);
}

#[tokio::test]
async fn rules_that_changed_are_applied_at_the_next_start_and_journaled() {
    let mut app = TestApp::start().await;
    app.catch("mouse-1", "tom").await;
    let before = app.state_hash().await;
    app.set("CADAVER_EXCHANGE__MARKET__LISTING_PRICES__MOUSE_PRIME", "0");
    app.restart().await;
    let after = app.state_hash().await;
    assert_eq!(
        after["position"],
        json!(before["position"].as_u64().unwrap() + 2),
        "the beginning of the epoch, and the rules"
    );
    app.catch("mouse-2", "tom").await;
    let inventory = app.as_cat("tom").get("/v1/account").await.body["inventory"].clone();
    assert_eq!(
        inventory[0],
        json!({"market": "mouse-prime", "lots": 2, "held": 1, "available": 1})
    );
}

#[tokio::test]
async fn the_whole_service_works_on_mongodb() {
    let Some(database) = backends::mongodb_url() else {
        return;
    };
    let mut app = TestApp::start_with(&[("DATABASE_URL", &database)]).await;
    some_trading(&app, 0).await;
    let before = app.state_hash().await;
    assert_eq!(
        app.get("/v1/markets/mouse-prime/trades").await.body["trades"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    app.restart().await;
    assert_eq!(app.state_hash().await["hash"], before["hash"]);
    assert_eq!(
        app.as_cat("kitty").get("/v1/orders").await.body["orders"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
