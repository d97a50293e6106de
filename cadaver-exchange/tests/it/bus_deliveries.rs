//! What the bus delivers: once, twice, in any order, and wrong.

use crate::test_app::{TestApp, caught};
use serde_json::json;
use shared_events::{
    bus::Verdict,
    events::{
        Kibbles, Side,
        cat_node::{CatErased, CatUpdated},
        commands::{CancelOrder, PlaceOrder},
    },
    id::{CatId, CommandId, OrderId},
};

fn place(app: &TestApp, command: &str, cat: &str, market: &str, price: i64) -> PlaceOrder {
    PlaceOrder {
        command: CommandId::new(command).unwrap(),
        cat: CatId::new(cat).unwrap(),
        market: market.to_owned(),
        side: Side::Buy,
        quantity: 2,
        price: Kibbles(price),
        client_order_id: None,
        terms: None,
        requested_at: app.clock_now(),
    }
}

fn cancel(app: &TestApp, command: &str, cat: &str, order: &str) -> CancelOrder {
    CancelOrder {
        command: CommandId::new(command).unwrap(),
        cat: CatId::new(cat).unwrap(),
        order: OrderId::new(order).unwrap(),
        requested_at: app.clock_now(),
    }
}

#[tokio::test]
async fn a_capture_is_one_lot_however_often_it_is_delivered() {
    let app = TestApp::start().await;
    let now = app.clock_now();
    let mut batch: Vec<_> = (0..100)
        .map(|number| app.delivery(&caught(&format!("m-{number}"), "tom", now)))
        .collect();
    batch.extend(batch.clone());
    assert!(
        app.deliver(&batch)
            .await
            .iter()
            .all(|verdict| *verdict == Verdict::Done)
    );
    assert!(
        app.deliver(&batch)
            .await
            .iter()
            .all(|verdict| *verdict == Verdict::Done)
    );
    let report = app.get("/v1/ledger/balance-report").await.body;
    assert_eq!(report["lots"]["created"], 100);
}

#[tokio::test]
async fn a_cat_is_welcomed_once() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.welcome("kitty").await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 0));
}

#[tokio::test]
async fn commands_behave_as_over_http_and_once() {
    let mut app = TestApp::start().await;
    app.welcome("kitty").await;
    let kitty = CatId::new("kitty").unwrap();
    let order = place(&app, "command-1", "kitty", "mouse-prime", 7);
    app.tell(&order).await;
    app.tell(&order).await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 14));
    assert_eq!(
        app.as_cat("kitty").get("/v1/orders/command-1").await.body["state"],
        "open"
    );

    app.tell(&cancel(&app, "command-2", "tom", "command-1"))
        .await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 14));
    app.tell(&cancel(&app, "command-3", "kitty", "command-1"))
        .await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 0));

    app.restart().await;
    app.tell(&order).await;
    assert_eq!(
        app.as_cat("kitty").kibbles().await,
        (1000, 0),
        "{kitty} did not order again"
    );
}

#[tokio::test]
async fn a_refused_command_stays_refused() {
    let app = TestApp::start().await;
    let order = place(&app, "command-1", "kitty", "mouse-prime", 7);
    app.tell(&order).await;
    app.welcome("kitty").await;
    app.tell(&order).await;
    app.tell(&place(&app, "command-2", "kitty", "tulips", 7))
        .await;
    app.as_cat("kitty")
        .get("/v1/orders/command-1")
        .await
        .is(404, "unknown-order");
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 0));
}

#[tokio::test]
async fn what_makes_no_sense_is_poison_and_harms_no_neighbour() {
    let app = TestApp::start().await;
    let now = app.clock_now();
    let mut heavy = caught("heavy", "tom", now);
    heavy.mass_grams = Some(123_456.0);
    let mut weightless = caught("weightless", "tom", now);
    weightless.mass_grams = Some(0.0);
    let mut nowhere = caught("nowhere", "tom", now);
    nowhere.jurisdiction = String::new();
    let mut squirrel = app.delivery(&caught("squirrel", "tom", now));
    let text = String::from_utf8(squirrel.envelope.data.to_vec()).unwrap();
    squirrel.envelope.data = text.replace("\"mouse\"", "\"squirrel\"").into();
    let mut unreadable = app.delivery(&caught("unreadable", "tom", now));
    unreadable.envelope.data = vec![0xff, b'{'].into();
    let batch = [
        app.delivery(&heavy),
        app.delivery(&caught("fine", "tom", now)),
        app.delivery(&weightless),
        app.delivery(&nowhere),
        squirrel,
        unreadable,
    ];
    let verdicts = app.deliver(&batch).await;
    let reasons: Vec<String> = verdicts
        .into_iter()
        .map(|verdict| match verdict {
            Verdict::Poison(reason) => reason,
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(reasons[1], "Done");
    for (index, word) in [
        (0, "123456 g"),
        (2, "0 g"),
        (3, "jurisdiction"),
        (4, "squirrel"),
        (5, "does not fit"),
    ] {
        assert!(reasons[index].contains(word), "{reasons:?}");
    }
    assert_eq!(
        app.get("/v1/ledger/balance-report").await.body["lots"]["created"],
        1
    );
}

#[tokio::test]
async fn what_is_not_for_the_exchange_is_passed_over() {
    let app = TestApp::start().await;
    let before = app.state_hash().await;
    let updated_at = app.clock_now();
    app.tell(&CatUpdated {
        cat: CatId::new("tom").unwrap(),
        name: "Thomas".into(),
        updated_at,
    })
    .await;
    let mut new = app.delivery(&caught("m", "tom", updated_at));
    new.envelope.event_type = "net.miaou.mouse-trap.cheese-eaten.v1".into();
    assert_eq!(app.deliver(&[new]).await, [Verdict::Done]);
    assert_eq!(app.state_hash().await, before);
}

#[tokio::test]
async fn a_cat_that_leaves_takes_nothing_and_leaves_nothing() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "kitty").await;
    app.as_cat("kitty").order("buy", 1, 3).await;
    let erased = CatErased {
        cat: CatId::new("kitty").unwrap(),
        erased_at: app.clock_now(),
    };
    app.tell(&erased).await;
    app.tell(&erased).await;
    app.as_cat("kitty")
        .order("buy", 1, 3)
        .await
        .is(403, "account-closed");
    assert_eq!(app.as_cat("kitty").kibbles().await, (0, 0));
    app.catch("mouse-2", "kitty").await;
    for lot in ["/v1/lots/mouse-1", "/v1/lots/mouse-2"] {
        while app.get(lot).await.body["state"] != "withdrawn" {
            tokio::task::yield_now().await;
        }
    }
    let report = app.get("/v1/ledger/balance-report").await.body;
    assert_eq!(report["assets"][0]["house"]["treasury"], 0);
    assert_eq!(report["balanced"], true);
}

/// The same order over the bus and over HTTP, in two exchanges: the same order, the same book, the same refusal.
#[tokio::test]
async fn a_command_behaves_as_over_http() {
    let iceberg = json!({"kind": "limit", "time_in_force": "gtd", "expires_at": "2026-11-25T08:00:00.000Z", "post_only": true,
        "display_quantity": 1, "self_trade": "decrement"});
    let mut body = json!({"market": "mouse-prime", "side": "buy", "quantity": 2, "price": 7, "time_in_force": "gtd",
        "expires_at": "2026-11-25T08:00:00.000Z", "post_only": true, "display_quantity": 1, "self_trade": "decrement"});
    let (by_bus, by_http) = (TestApp::start().await, TestApp::start().await);
    for app in [&by_bus, &by_http] {
        app.welcome("kitty").await;
    }
    let terms = serde_json::from_value(iceberg).unwrap();
    let command = PlaceOrder {
        terms: Some(terms),
        ..place(&by_bus, "command-1", "kitty", "mouse-prime", 7)
    };
    by_bus.tell(&command).await;
    let placed = by_http
        .as_cat("kitty")
        .post("/v1/orders", body.clone())
        .await;
    assert_eq!(placed.status.as_u16(), 201, "{}", placed.body);
    let orders = |answer: crate::test_app::Answer| {
        let mut order = answer.body["orders"][0].clone();
        order["order"] = json!("its own");
        order
    };
    let both = [
        orders(by_bus.as_cat("kitty").get("/v1/orders").await),
        orders(by_http.as_cat("kitty").get("/v1/orders").await),
    ];
    assert_eq!(both[0], both[1]);
    assert_eq!(both[0]["display_quantity"], 1);

    body["time_in_force"] = json!("sometimes");
    let refused = by_http.as_cat("kitty").post("/v1/orders", body).await;
    refused.is(422, "invalid-terms");
    let mut terms = command.terms.clone().unwrap();
    terms.time_in_force = "sometimes".to_owned();
    let unknown = PlaceOrder {
        command: CommandId::new("command-2").unwrap(),
        terms: Some(terms),
        ..command
    };
    let verdicts = by_bus.deliver(&[by_bus.delivery(&unknown)]).await;
    assert!(
        matches!(&verdicts[0], Verdict::Poison(reason) if reason.contains("time in force")),
        "{verdicts:?}"
    );
}
