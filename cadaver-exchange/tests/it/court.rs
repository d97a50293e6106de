//! What the royal court may do, and others may not.

use crate::test_app::TestApp;
use serde_json::json;

#[tokio::test]
async fn the_court_moves_kibbles_once_for_each_key() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let prize = json!({"amount": 500, "reason": "the summer hunt"});
    let path = "/v1/court/accounts/kitty/deposits";
    let token = app.token_of("queen", &["royal-court"]);
    for _ in 0..2 {
        let request = app
            .post_json(path, &token, &prize)
            .header("idempotency-key", "prize-1");
        let answer = app.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["kibbles"]),
            (200, &json!(1500)),
            "{}",
            answer.body
        );
    }
    let queen = app.as_court("queen");
    let fine = json!({"amount": 1501, "reason": "a fine"});
    let withdrawals = "/v1/court/accounts/kitty/withdrawals";
    queen
        .post(withdrawals, fine)
        .await
        .is(422, "insufficient-kibbles");
    let fine = json!({"amount": 100, "reason": "a fine"});
    assert_eq!(
        queen.post(withdrawals, fine.clone()).await.body["kibbles"],
        1400
    );
    queen
        .post(withdrawals, json!({"amount": 0, "reason": "x"}))
        .await
        .is(422, "invalid-amount");
    queen
        .post(withdrawals, json!({"amount": 1, "reason": ""}))
        .await
        .is(422, "invalid-reason");
    assert_eq!(
        queen.get("/v1/court/accounts/kitty").await.body["kibbles"],
        1400
    );
    app.as_cat("kitty")
        .post(path, fine)
        .await
        .is(403, "forbidden");
    let report = app.get("/v1/ledger/balance-report").await.body;
    assert_eq!(report["balanced"], true);
}

#[tokio::test]
async fn the_court_halts_and_reopens_markets() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let (queen, kitty) = (app.as_court("queen"), app.as_cat("kitty"));
    let session = "/v1/court/markets/mouse-prime/session";
    assert_eq!(
        queen.post(session, json!({"action": "halt"})).await.body["changed"],
        true
    );
    assert_eq!(
        app.get("/v1/markets/mouse-prime").await.body["state"],
        "halted"
    );
    kitty.order("buy", 1, 5).await.is(503, "market-halted");
    queen.post(session, json!({"action": "resume"})).await;
    assert_eq!(kitty.order("buy", 1, 5).await.status.as_u16(), 201);

    queen
        .post(
            "/v1/court/markets/all/session",
            json!({"action": "auction", "auction": "opening"}),
        )
        .await;
    let market = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "type": "market"});
    kitty
        .post("/v1/orders", market)
        .await
        .is(503, "auction-under-way");
    assert_eq!(kitty.order("buy", 1, 6).await.status.as_u16(), 201);
    queen
        .post("/v1/court/markets/all/session", json!({"action": "open"}))
        .await;
    queen.post(session, json!({"action": "close"})).await;
    kitty.order("buy", 1, 5).await.is(503, "market-not-open");
    queen
        .post(session, json!({"action": "dance"}))
        .await
        .is(422, "invalid-body");
    kitty
        .post(session, json!({"action": "open"}))
        .await
        .is(403, "forbidden");
    queen
        .post(
            "/v1/court/markets/mouse-rotten/session",
            json!({"action": "open"}),
        )
        .await
        .is(404, "unknown-market");
}

#[tokio::test]
async fn the_kill_switch_stops_one_cat_or_all() {
    let app = TestApp::start().await;
    for cat in ["kitty", "tom"] {
        app.welcome(cat).await;
        app.as_cat(cat).order("buy", 1, 5).await;
    }
    let (queen, kitty, tom) = (
        app.as_court("queen"),
        app.as_cat("kitty"),
        app.as_cat("tom"),
    );
    queen
        .put("/v1/court/accounts/kitty/trading", json!({"stopped": true}))
        .await;
    kitty.order("buy", 1, 5).await.is(403, "trading-stopped");
    app.until(async || kitty.kibbles().await == (1000, 0)).await;
    assert_eq!(tom.order("buy", 1, 5).await.status.as_u16(), 201);
    queen
        .put("/v1/court/trading", json!({"stopped": true}))
        .await;
    tom.order("buy", 1, 5).await.is(403, "trading-stopped");
    app.until(async || tom.kibbles().await == (1000, 0)).await;
    queen
        .put("/v1/court/trading", json!({"stopped": false}))
        .await;
    queen
        .put(
            "/v1/court/accounts/kitty/trading",
            json!({"stopped": false}),
        )
        .await;
    assert_eq!(kitty.order("buy", 1, 5).await.status.as_u16(), 201);
    kitty
        .put("/v1/court/trading", json!({"stopped": true}))
        .await
        .is(403, "forbidden");
}

#[tokio::test]
async fn an_account_can_be_bounded() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let (queen, kitty) = (app.as_court("queen"), app.as_cat("kitty"));
    let caps = json!({"open_orders": 1, "order_worth": 50});
    assert_eq!(
        queen.put("/v1/court/accounts/kitty/caps", caps).await.body["changed"],
        true
    );
    kitty.order("buy", 1, 51).await.is(422, "order-too-large");
    assert_eq!(kitty.order("buy", 1, 50).await.status.as_u16(), 201);
    kitty
        .order("buy", 1, 1)
        .await
        .is(422, "too-many-open-orders");
}

#[tokio::test]
async fn a_cat_decides_how_its_lots_are_offered() {
    let app = TestApp::start().await;
    let tom = app.as_cat("tom");
    assert_eq!(
        tom.get("/v1/listing-policies").await.body["policies"][0]["policy"]["price"]["kind"],
        "house"
    );
    let fixed = json!({"price": {"kind": "fixed", "price": 33}});
    let set = tom.put("/v1/listing-policies/mouse-prime", fixed).await;
    assert_eq!(set.status.as_u16(), 200, "{}", set.body);
    app.catch("mouse-1", "tom").await;
    assert_eq!(
        app.get("/v1/markets/mouse-prime/top").await.body["ask"]["price"],
        33
    );
    tom.put(
        "/v1/listing-policies/all",
        json!({"price": {"kind": "off"}}),
    )
    .await;
    app.catch("mouse-2", "tom").await;
    assert_eq!(
        app.get("/v1/markets/mouse-prime/top").await.body["ask"]["lots"],
        1
    );
    let decay = json!({"price": {"kind": "decay", "from": 5, "to": 9, "over_s": 60}});
    tom.put("/v1/listing-policies/all", decay)
        .await
        .is(422, "invalid-policy");
    tom.put(
        "/v1/listing-policies/mouse-rotten",
        json!({"price": {"kind": "off"}}),
    )
    .await
    .is(404, "unknown-market");
}

#[tokio::test]
async fn a_statement_tells_what_changed_and_what_was_left() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    let kitty = app.as_cat("kitty");
    kitty.order("buy", 1, 15).await;
    kitty.order("buy", 3, 5).await;
    let statement = kitty.get("/v1/account/statement").await.body;
    let lines: Vec<_> = statement["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            json!([
                line["asset"],
                line["amount"],
                line["balance"],
                line["reason"]
            ])
        })
        .collect();
    let expected = [
        json!(["mouse-prime", 1, 1, "trade"]),
        json!(["kibbles", -12, 988, "trade"]),
        json!(["kibbles", 1000, 1000, "welcome-grant"]),
    ];
    assert_eq!(lines, expected);
    let page = kitty.get("/v1/account/statement?limit=1").await.body;
    let rest = kitty
        .get(&format!(
            "/v1/account/statement?cursor={}",
            page["next_cursor"]
        ))
        .await
        .body;
    assert_eq!(rest["lines"].as_array().unwrap().len(), 2);
    let seen = app
        .as_court("queen")
        .get("/v1/court/accounts/kitty/statement")
        .await
        .body;
    assert_eq!(seen, statement);
    app.as_cat("tom")
        .get("/v1/court/accounts/kitty/statement")
        .await
        .is(403, "forbidden");
}
