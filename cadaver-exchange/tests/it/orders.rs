//! Placing, trading, cancelling.

use crate::test_app::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_mouse_is_listed_bought_and_paid() {
    let app = TestApp::start().await;
    app.welcome("tom").await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;

    let bid = app.as_cat("kitty").order("buy", 1, 20).await;
    assert_eq!(bid.status.as_u16(), 201, "{}", bid.body);
    assert_eq!(bid.body["state"], "filled");
    assert_eq!(bid.body["filled"], 1);

    assert_eq!(app.as_cat("kitty").kibbles().await, (988, 0));
    assert_eq!(app.as_cat("tom").kibbles().await, (1012, 0));
    let inventory = app.as_cat("kitty").get("/v1/account").await.body["inventory"].clone();
    assert_eq!(
        inventory[0],
        json!({"market": "mouse-prime", "lots": 1, "held": 0, "available": 1})
    );
    let trades = app.get("/v1/markets/mouse-prime/trades").await.body;
    assert_eq!(trades["trades"][0]["price"], 12);
    assert_eq!(trades["trades"][0]["taker"], "buy");
    assert_eq!(trades["next_cursor"], json!(null));
    assert_eq!(
        app.get("/v1/markets/mouse-prime").await.body["last_price"],
        12
    );
}

#[tokio::test]
async fn a_bid_holds_its_kibbles_until_it_is_cancelled() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let kitty = app.as_cat("kitty");
    let bid = kitty.order("buy", 3, 10).await.body;
    assert_eq!(kitty.kibbles().await, (1000, 30));
    let path = format!("/v1/orders/{}", bid["order"].as_str().unwrap());
    assert_eq!(kitty.get(&path).await.body["state"], "open");

    app.as_cat("tom").get(&path).await.is(404, "unknown-order");
    app.as_cat("tom")
        .delete(&path)
        .await
        .is(404, "unknown-order");
    let cancelled = kitty.delete(&path).await;
    assert_eq!(
        (cancelled.status.as_u16(), &cancelled.body["state"]),
        (200, &json!("cancelled"))
    );
    assert_eq!(kitty.kibbles().await, (1000, 0));
    kitty.delete(&path).await.is(409, "order-closed");
}

#[tokio::test]
async fn a_repeated_client_order_id_is_harmless() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let kitty = app.as_cat("kitty");
    let order = json!({"market": "rat-prime", "side": "buy", "quantity": 2, "price": 5, "client_order_id": "breakfast"});
    let first = kitty.post("/v1/orders", order.clone()).await;
    let again = kitty.post("/v1/orders", order.clone()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.body["order"], again.body["order"]);
    assert_eq!(kitty.kibbles().await, (1000, 10));

    let mut other = order;
    other["price"] = json!(6);
    kitty
        .post("/v1/orders", other)
        .await
        .is(409, "client-order-id-reused");
}

#[tokio::test]
async fn refusals_have_typed_codes() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let kitty = app.as_cat("kitty");
    kitty
        .order("buy", 1, 1_001)
        .await
        .is(422, "insufficient-kibbles");
    kitty.order("sell", 1, 5).await.is(422, "insufficient-lots");
    kitty.order("buy", 0, 5).await.is(422, "invalid-quantity");
    kitty
        .order("buy", 10_001, 5)
        .await
        .is(422, "invalid-quantity");
    kitty.order("buy", 1, 0).await.is(422, "invalid-price");
    kitty.order("buy", 1, -7).await.is(422, "invalid-price");
    kitty
        .order("buy", 10_000, i64::MAX)
        .await
        .is(422, "invalid-price");
    let order = json!({"market": "mouse-rotten", "side": "buy", "quantity": 1, "price": 1});
    kitty
        .post("/v1/orders", order)
        .await
        .is(422, "unknown-market");
    let order = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 1, "client_order_id": "a b"});
    kitty
        .post("/v1/orders", order)
        .await
        .is(422, "invalid-client-order-id");
    app.as_cat("stranger")
        .order("buy", 1, 1)
        .await
        .is(422, "insufficient-kibbles");
    assert_eq!(kitty.kibbles().await, (1000, 0));
}

#[tokio::test]
async fn one_cannot_trade_with_oneself() {
    let app = TestApp::start().await;
    app.welcome("tom").await;
    app.catch("mouse-1", "tom").await;
    let bid = app.as_cat("tom").order("buy", 1, 20).await.body;
    assert_eq!(
        (&bid["state"], &bid["filled"]),
        (&json!("cancelled"), &json!(0))
    );
    assert_eq!(app.as_cat("tom").kibbles().await, (1000, 0));
}

#[tokio::test]
async fn the_number_of_open_orders_is_bounded() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let kitty = app.as_cat("kitty");
    for _ in 0..500 {
        assert_eq!(kitty.order("buy", 1, 1).await.status.as_u16(), 201);
    }
    kitty
        .order("buy", 1, 1)
        .await
        .is(422, "too-many-open-orders");

    let first = kitty.get("/v1/orders?limit=300").await.body;
    assert_eq!(first["orders"].as_array().unwrap().len(), 300);
    let next = format!("/v1/orders?limit=300&cursor={}", first["next_cursor"]);
    let second = kitty.get(&next).await.body;
    assert_eq!(second["orders"].as_array().unwrap().len(), 200);
    assert_eq!(second["next_cursor"], json!(null));
    assert_ne!(first["orders"][299]["order"], second["orders"][0]["order"]);
}

#[tokio::test]
async fn listings_are_ones_own_orders() {
    let app = TestApp::start().await;
    app.catch("mouse-1", "tom").await;
    let tom = app.as_cat("tom");
    let orders = tom.get("/v1/orders").await.body;
    assert_eq!(orders["orders"][0]["origin"], "listing");
    let path = format!(
        "/v1/orders/{}",
        orders["orders"][0]["order"].as_str().unwrap()
    );
    assert_eq!(tom.delete(&path).await.status.as_u16(), 204);
    let inventory = tom.get("/v1/account").await.body["inventory"].clone();
    assert_eq!(
        inventory[0],
        json!({"market": "mouse-prime", "lots": 1, "held": 0, "available": 1})
    );
    assert_eq!(tom.order("sell", 1, 99).await.status.as_u16(), 201);
}
