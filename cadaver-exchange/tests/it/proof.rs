//! The evidence that the books are right.

use crate::test_app::TestApp;
use serde_json::json;

#[tokio::test]
async fn every_asset_sums_to_zero_and_lots_are_counted() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    for number in 0..4 {
        app.catch(&format!("mouse-{number}"), "tom").await;
    }
    app.as_cat("kitty").order("buy", 3, 15).await;
    let report = app.get("/v1/ledger/balance-report").await.body;
    assert_eq!(report["balanced"], true);
    assert_eq!(
        report["lots"],
        json!({"created": 4, "stocked": 4, "spoiled": 0, "withdrawn": 0, "sold": 3})
    );
    for asset in report["assets"].as_array().unwrap() {
        assert_eq!(asset["sum"], 0, "{asset}");
    }
    assert_eq!(report["assets"][0]["house"]["treasury"], -1000);
    assert_eq!(report["assets"][1]["house"]["wild"], -4);
}

#[tokio::test]
async fn the_state_hash_names_its_position_and_changes_with_the_state() {
    let app = TestApp::start().await;
    let first = app.state_hash().await;
    assert_eq!(first["position"], 2, "the epoch began, and the rules");
    assert_eq!(first["hash"].as_str().unwrap().len(), 64);
    app.catch("mouse-1", "tom").await;
    let second = app.state_hash().await;
    assert_eq!(second["position"], 3);
    assert_ne!(first["hash"], second["hash"]);
}
