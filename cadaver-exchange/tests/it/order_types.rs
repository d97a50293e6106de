//! Every kind of order over HTTP.

use crate::test_app::{AsCat, TestApp};
use serde_json::{Value, json};

async fn a_market() -> TestApp {
    let app = TestApp::start().await;
    for cat in ["kitty", "tom"] {
        app.welcome(cat).await;
    }
    for number in 0..5 {
        app.catch(&format!("mouse-{number}"), "tom").await;
    }
    app
}

/// An order for mice at their best, with some words of its own.
async fn order(
    cat: &AsCat<'_>,
    side: &str,
    quantity: u64,
    words: Value,
) -> crate::test_app::Answer {
    let mut body = json!({"market": "mouse-prime", "side": side, "quantity": quantity});
    body.as_object_mut()
        .unwrap()
        .extend(words.as_object().unwrap().clone());
    cat.post("/v1/orders", body).await
}

#[tokio::test]
async fn market_ioc_and_fok_orders_never_stay() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    let market = order(&kitty, "buy", 2, json!({"type": "market"})).await;
    assert_eq!(market.status.as_u16(), 201, "{}", market.body);
    assert_eq!(
        (&market.body["state"], &market.body["time_in_force"]),
        (&json!("filled"), &json!("ioc"))
    );
    let ioc = order(
        &kitty,
        "buy",
        9,
        json!({"price": 12, "time_in_force": "ioc"}),
    )
    .await;
    assert_eq!(
        (&ioc.body["state"], &ioc.body["filled"]),
        (&json!("cancelled"), &json!(3))
    );
    let fok = order(
        &kitty,
        "buy",
        1,
        json!({"price": 12, "time_in_force": "fok"}),
    )
    .await;
    fok.is(422, "cannot-fill");
    order(
        &kitty,
        "buy",
        1,
        json!({"type": "market", "time_in_force": "day"}),
    )
    .await
    .is(422, "invalid-time-in-force");
    assert_eq!(
        app.get("/v1/markets/mouse-prime/top").await.body["bid"],
        json!(null)
    );
}

#[tokio::test]
async fn an_expiry_is_kept() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    let gtd = json!({"price": 5, "time_in_force": "gtd", "expires_at": "2026-11-24T09:00:00Z"});
    let placed = order(&kitty, "buy", 1, gtd).await;
    assert_eq!(
        placed.body["expires_at"], "2026-11-24T09:00:00.000Z",
        "{}",
        placed.body
    );
    let path = format!("/v1/orders/{}", placed.body["order"].as_str().unwrap());
    app.advance(chrono::TimeDelta::minutes(61));
    // Its token has expired too.
    let kitty = app.as_cat("kitty");
    app.until(async || kitty.get(&path).await.body["state"] == "cancelled")
        .await;
    order(
        &kitty,
        "buy",
        1,
        json!({"price": 5, "time_in_force": "gtd"}),
    )
    .await
    .is(422, "invalid-terms");
    order(
        &kitty,
        "buy",
        1,
        json!({"price": 5, "expires_at": "2026-11-24T09:00:00Z"}),
    )
    .await
    .is(422, "invalid-terms");
}

#[tokio::test]
async fn icebergs_show_a_part_and_post_only_never_takes() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    let iceberg = order(
        &kitty,
        "buy",
        10,
        json!({"price": 5, "display_quantity": 3}),
    )
    .await;
    assert_eq!(iceberg.status.as_u16(), 201, "{}", iceberg.body);
    let top = app.get("/v1/markets/mouse-prime/top").await.body;
    assert_eq!(top["bid"], json!({"price": 5, "lots": 3, "orders": 1}));
    let resting = app.get("/v1/markets/mouse-prime/orders").await.body;
    assert_eq!(
        resting["bids"],
        json!([{"order": iceberg.body["number"], "price": 5, "lots": 3}])
    );
    order(&kitty, "buy", 1, json!({"price": 12, "post_only": true}))
        .await
        .is(422, "would-take");
}

#[tokio::test]
async fn a_stop_waits_for_its_price() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    let stop = order(&kitty, "buy", 1, json!({"price": 15, "stop_price": 12})).await;
    assert_eq!(stop.body["state"], "waiting", "{}", stop.body);
    order(&kitty, "buy", 1, json!({"price": 12})).await;
    let path = format!("/v1/orders/{}", stop.body["order"].as_str().unwrap());
    assert_eq!(kitty.get(&path).await.body["state"], "filled");
}

#[tokio::test]
async fn an_order_can_be_changed() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    let placed = order(&kitty, "buy", 4, json!({"price": 5})).await;
    let path = format!("/v1/orders/{}", placed.body["order"].as_str().unwrap());
    let smaller = kitty.patch(&path, json!({"quantity": 2})).await;
    assert_eq!(
        (smaller.status.as_u16(), &smaller.body["quantity"]),
        (200, &json!(2))
    );
    let dearer = kitty.patch(&path, json!({"price": 12})).await;
    assert_eq!(dearer.body["state"], "filled", "{}", dearer.body);
    kitty
        .patch(&path, json!({"price": 1}))
        .await
        .is(409, "order-closed");
    let unknown = app.as_cat("tom").patch(&path, json!({"price": 1})).await;
    unknown.is(404, "unknown-order");
    let listing = app.as_cat("tom").get("/v1/orders").await.body["orders"][0]["order"].clone();
    let listing = format!("/v1/orders/{}", listing.as_str().unwrap());
    let refused = app.as_cat("tom").patch(&listing, json!({"price": 1})).await;
    refused.is(409, "listing-not-amendable");
}

#[tokio::test]
async fn many_orders_are_taken_back_at_once() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    for price in 1..=6 {
        order(&kitty, "buy", 1, json!({"price": price})).await;
    }
    let some = kitty.delete("/v1/orders?lowest=5&side=buy").await;
    assert_eq!(some.body["cancelled"], 2, "{}", some.body);
    let elsewhere = kitty.delete("/v1/orders?market=rat-prime").await;
    assert_eq!(elsewhere.body["cancelled"], 0);
    assert_eq!(kitty.delete("/v1/orders").await.body["cancelled"], 4);
    assert_eq!(kitty.kibbles().await, (1000, 0));
    kitty
        .delete("/v1/orders?market=mouse-rotten")
        .await
        .is(400, "invalid-query");
}

#[tokio::test]
async fn a_batch_takes_each_order_by_itself() {
    let app = a_market().await;
    let kitty = app.as_cat("kitty");
    let one = |price: i64, id: &str| json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": price, "client_order_id": id});
    let batch = json!({"orders": [one(5, "a"), one(0, "b"), one(12, "c"), one(5, "a")]});
    let answer = kitty.post("/v1/orders/batch", batch).await;
    let statuses: Vec<_> = answer.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [201, 422, 201, 200], "{}", answer.body);
    assert_eq!(
        answer.body["results"][1]["problem"]["code"],
        "invalid-price"
    );
    assert_eq!(answer.body["results"][2]["order"]["state"], "filled");
    kitty
        .post("/v1/orders/batch", json!({"orders": []}))
        .await
        .is(422, "invalid-batch");
    let many: Vec<_> = (0..101)
        .map(|number| one(1, &format!("n-{number}")))
        .collect();
    kitty
        .post("/v1/orders/batch", json!({"orders": many}))
        .await
        .is(422, "invalid-batch");
}

#[tokio::test]
async fn a_key_makes_a_retry_harmless() {
    let app = a_market().await;
    let body = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 5});
    let send = async |key: &'static str| {
        let request = app.post_raw("/v1/orders", "kitty", body.to_string());
        app.send(request.header("idempotency-key", key)).await
    };
    let (first, again) = (send("breakfast").await, send("breakfast").await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.body["order"], again.body["order"]);
    assert_eq!(send("lunch").await.status.as_u16(), 201);
    send("not a key").await.is(400, "invalid-idempotency-key");
}

#[tokio::test]
async fn who_acts_too_fast_is_slowed_down_and_others_are_not() {
    let slow = [("CADAVER_EXCHANGE__LIMITS__TRADER_PER_SECOND", "2")];
    let app = TestApp::start_with(&slow).await;
    for cat in ["kitty", "tom"] {
        app.welcome(cat).await;
    }
    let kitty = app.as_cat("kitty");
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(kitty.order("buy", 1, 1).await.status.as_u16());
    }
    assert!(
        statuses[..4].iter().all(|status| *status == 201),
        "{statuses:?}"
    );
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(
        app.as_cat("tom").order("buy", 1, 1).await.status.as_u16(),
        201
    );
    let maker = app.with_roles("kitty", &["market-maker"]);
    for _ in 0..20 {
        assert_eq!(maker.order("buy", 1, 1).await.status.as_u16(), 201);
    }
    assert_eq!(
        kitty.get("/v1/orders").await.status.as_u16(),
        200,
        "looking is free"
    );
}

/// The process was busy, or not there: expiry and auction come due at once.
#[tokio::test]
async fn what_was_over_before_an_auction_ended_does_not_trade_in_it() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    app.as_cat("tom").delete("/v1/orders?listings=true").await;
    let auction =
        json!({"action": "auction", "auction": "opening", "ends_at": "2026-11-24T08:02:00.000Z"});
    let session = "/v1/court/markets/mouse-prime/session";
    let called = app.as_court("king").post(session, auction).await;
    assert_eq!(called.status.as_u16(), 200, "{}", called.body);
    let bid = |until: &str| {
        json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 9, "time_in_force": "gtd",
            "expires_at": format!("2026-11-24T08:0{until}:00.000Z")})
    };
    for until in ["1", "2", "3"] {
        let placed = app.as_cat("kitty").post("/v1/orders", bid(until)).await;
        assert_eq!(placed.status.as_u16(), 201, "{}", placed.body);
    }
    app.as_cat("tom").order("sell", 1, 5).await;
    app.advance(chrono::TimeDelta::milliseconds(150_000));
    app.until(async || !app.get("/v1/markets/mouse-prime").await.body["last_price"].is_null())
        .await;
    let orders = app.as_cat("kitty").get("/v1/orders").await.body;
    let states: Vec<_> = orders["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| order["state"].clone())
        .collect();
    assert_eq!(states, ["filled", "cancelled", "cancelled"], "newest first");
}
