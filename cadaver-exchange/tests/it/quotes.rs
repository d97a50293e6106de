//! Market makers quote both sides of a market at once.

use crate::test_app::{Answer, AsCat, TestApp};
use serde_json::{Value, json};

const QUOTES: &str = "/v1/quotes/mouse-prime";

/// A maker with kibbles, and with lots that nobody offers for it.
async fn start() -> TestApp {
    let app = TestApp::start().await;
    for cat in ["maker", "kitty"] {
        app.welcome(cat).await;
    }
    let off = json!({"price": {"kind": "off"}});
    let policy = app
        .as_cat("maker")
        .put("/v1/listing-policies/all", off)
        .await;
    assert_eq!(policy.status.as_u16(), 200, "{}", policy.body);
    for number in 0..5 {
        app.catch(&format!("mouse-{number}"), "maker").await;
    }
    app
}

fn maker(app: &TestApp) -> AsCat<'_> {
    app.with_roles("maker", &["market-maker"])
}

async fn quote(app: &TestApp, bid: Option<(i64, u64)>, ask: Option<(i64, u64)>) -> Answer {
    let side = |side: Option<(i64, u64)>| {
        side.map_or(
            Value::Null,
            |(price, quantity)| json!({"price": price, "quantity": quantity}),
        )
    };
    let body = json!({"bid": side(bid), "ask": side(ask)});
    maker(app).put(QUOTES, body).await
}

async fn book(app: &TestApp) -> (Value, Value) {
    let book = app.get("/v1/markets/mouse-prime/book").await.body;
    let prices = |side: &Value| {
        let levels = side.as_array().unwrap().iter();
        levels
            .map(|level| json!([level["price"], level["lots"]]))
            .collect()
    };
    (prices(&book["bids"]), prices(&book["asks"]))
}

#[tokio::test]
async fn a_quote_replaces_the_one_before_it_and_nothing_else() {
    let mut app = start().await;
    let own = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 2});
    assert_eq!(
        maker(&app).post("/v1/orders", own).await.status.as_u16(),
        201
    );
    let first = quote(&app, Some((10, 3)), Some((14, 2))).await;
    assert_eq!(first.status.as_u16(), 200, "{}", first.body);
    assert_eq!(first.body["withdrawn"], 0);
    assert_eq!(first.body["bid"]["status"], 201);
    assert_eq!(first.body["ask"]["order"]["post_only"], true);
    assert_eq!(
        book(&app).await,
        (json!([[10, 3], [2, 1]]), json!([[14, 2]]))
    );

    app.restart().await;
    // The lots behind the old ask, and the kibbles behind the old bid, are free for the new ones.
    let second = quote(&app, Some((11, 80)), Some((13, 5))).await;
    assert_eq!(second.body["withdrawn"], 2, "{}", second.body);
    assert_eq!(
        book(&app).await,
        (json!([[11, 80], [2, 1]]), json!([[13, 5]]))
    );

    let half = quote(&app, None, Some((15, 1))).await;
    assert_eq!(
        (&half.body["withdrawn"], &half.body["bid"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(book(&app).await, (json!([[2, 1]]), json!([[15, 1]])));
    assert_eq!(quote(&app, None, None).await.body["withdrawn"], 1);
    assert_eq!(book(&app).await, (json!([[2, 1]]), json!([])));
}

#[tokio::test]
async fn the_old_quote_never_trades_after_the_new_one_was_asked_for() {
    let app = start().await;
    quote(&app, Some((10, 1)), Some((12, 1))).await;
    app.as_cat("kitty").order("buy", 1, 11).await;
    // Its new ask would take kitty's bid: it is refused, and the other side is there all the same.
    let crossing = quote(&app, Some((9, 1)), Some((11, 1))).await;
    assert_eq!(
        crossing.body["ask"]["problem"]["code"], "would-take",
        "{}",
        crossing.body
    );
    assert_eq!(crossing.body["ask"]["status"], 422);
    assert_eq!(crossing.body["bid"]["status"], 201);
    assert_eq!(book(&app).await, (json!([[11, 1], [9, 1]]), json!([])));
    let trades = app.get("/v1/markets/mouse-prime/trades").await.body;
    assert_eq!(trades["trades"], json!([]));
}

#[tokio::test]
async fn a_quote_that_cannot_be_changes_nothing() {
    let app = start().await;
    quote(&app, Some((10, 1)), Some((12, 1))).await;
    let before = app.state_hash().await;
    let body = json!({"bid": {"price": 8, "quantity": 1}});
    let trader = app.as_cat("maker").put(QUOTES, body.clone()).await;
    trader.is(403, "forbidden");
    quote(&app, Some((12, 1)), Some((12, 1)))
        .await
        .is(422, "crossed-quote");
    maker(&app)
        .put("/v1/quotes/tulips", body)
        .await
        .is(404, "unknown-market");
    let maker = maker(&app);
    let unknown = maker.put(
        QUOTES,
        json!({"bid": {"price": 8, "quantity": 1, "leverage": 2}}),
    );
    unknown.await.is(422, "invalid-body");
    app.request(reqwest::Method::PUT, QUOTES, None, Some(&json!({})))
        .await
        .is(401, "unauthorized");
    assert_eq!(app.state_hash().await, before);
}
