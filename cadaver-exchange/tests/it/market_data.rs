//! What everyone may see without a token.

use crate::test_app::TestApp;
use serde_json::json;

#[tokio::test]
async fn six_markets_are_open_from_the_start() {
    let app = TestApp::start().await;
    let markets = app.get("/v1/markets").await.body;
    let names: Vec<_> = markets["markets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|market| &market["market"])
        .collect();
    assert_eq!(
        names,
        [
            "mouse-prime",
            "mouse-standard",
            "mouse-salvage",
            "rat-prime",
            "rat-standard",
            "rat-salvage"
        ]
    );
    assert!(
        markets["markets"]
            .as_array()
            .unwrap()
            .iter()
            .all(|market| market["state"] == "open")
    );
    app.get("/v1/markets/mouse-rotten")
        .await
        .is(404, "unknown-market");
    app.get("/v1/markets/mouse-rotten/book")
        .await
        .is(404, "unknown-market");
    app.get("/v1/markets/mouse-rotten/trades")
        .await
        .is(404, "unknown-market");
    app.get("/v1/lots/nothing").await.is(404, "unknown-lot");
}

#[tokio::test]
async fn a_book_shows_the_best_prices_first_and_as_many_as_asked() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    for price in [3, 5, 4, 5] {
        app.as_cat("kitty").order("buy", 2, price).await;
    }
    let book = app.get("/v1/markets/mouse-prime/book?depth=2").await.body;
    assert_eq!(
        book["bids"],
        json!([{"price": 5, "lots": 4, "orders": 2}, {"price": 4, "lots": 2, "orders": 1}])
    );
    app.get("/v1/markets/mouse-prime/book?depth=0")
        .await
        .is(400, "invalid-query");
    app.get("/v1/markets/mouse-prime/book?depth=1001")
        .await
        .is(400, "invalid-query");
    app.get("/v1/markets/mouse-prime/book?deepth=1")
        .await
        .is(400, "invalid-query");
}

#[tokio::test]
async fn trades_page_backwards_and_name_nobody() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    for number in 0..5 {
        app.catch(&format!("mouse-{number}"), "tom").await;
    }
    app.as_cat("kitty").order("buy", 5, 12).await;
    let first = app.get("/v1/markets/mouse-prime/trades?limit=3").await.body;
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let trades = page["trades"].as_array().unwrap();
        trades
            .iter()
            .map(|trade| trade["trade"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&first), ["5", "4", "3"]);
    let second = app
        .get("/v1/markets/mouse-prime/trades?limit=3&cursor=3")
        .await
        .body;
    assert_eq!(ids(&second), ["2", "1"]);
    assert!(!first.to_string().contains("kitty") && !first.to_string().contains("tom"));
    app.get("/v1/markets/mouse-prime/trades?limit=1001")
        .await
        .is(400, "invalid-query");
    app.get("/v1/markets/mouse-prime/trades?cursor=-1")
        .await
        .is(400, "invalid-query");
}

#[tokio::test]
async fn the_api_describes_itself() {
    let app = TestApp::start().await;
    let openapi = app.get("/openapi.json").await.body;
    for path in [
        "/v1/markets",
        "/v1/orders",
        "/v1/orders/{order}",
        "/v1/account",
        "/v1/state-hash",
    ] {
        assert!(openapi["paths"][path].is_object(), "{path}");
    }
    insta::assert_json_snapshot!(
        "openapi_paths",
        openapi["paths"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>()
    );
    assert_eq!(app.get("/livez").await.status.as_u16(), 200);
    assert_eq!(
        app.get("/readyz").await.body["checks"][0]["name"],
        "database"
    );
}

#[tokio::test]
async fn the_engine_is_measured() {
    let app = TestApp::start().await;
    app.catch("mouse-1", "tom").await;
    let metrics = reqwest::get(app.url("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for line in [
        "exchange_journal_entries_total",
        "exchange_journal_writes_total",
        "exchange_snapshots_total",
    ] {
        assert!(metrics.contains(line), "{line} is missing in {metrics}");
    }
    let commands = r#"exchange_commands_total{service="cadaver-exchange"} 2"#;
    assert!(metrics.contains(commands), "{metrics}");
}

#[tokio::test]
async fn the_description_refers_to_nothing_that_is_missing() {
    let app = TestApp::start().await;
    let openapi = app.get("/openapi.json").await.body;
    let mut references = Vec::new();
    collect_references(&openapi, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(
            openapi.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(
                operation["summary"].is_string(),
                "{method} {path} has no summary"
            );
            assert!(
                operation["tags"][0].is_string(),
                "{method} {path} has no tag"
            );
        }
    }
}

fn collect_references(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(values) => values
            .iter()
            .for_each(|value| collect_references(value, found)),
        serde_json::Value::Object(fields) => {
            found.extend(
                fields
                    .get("$ref")
                    .and_then(|target| target.as_str())
                    .map(str::to_owned),
            );
            fields
                .values()
                .for_each(|value| collect_references(value, found));
        }
        _ => {}
    }
}
