//! What operators see: who trades, how the journal does, who follows the feed, how far the search is.

use crate::test_app::TestApp;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// The value of a metric without labels of its own.
async fn value(app: &TestApp, name: &str) -> i64 {
    let text = reqwest::get(app.url("/metrics")).await.unwrap().text();
    let text = text.await.unwrap();
    let begins = format!("{name}{{service=\"cadaver-exchange\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&begins));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_lease_shows_who_trades() {
    let mut app = TestApp::start().await;
    let mut rival = TestApp::start_beside(&app).await;
    assert_eq!(value(&app, "exchange_lease_held").await, 1);
    assert_eq!(value(&rival, "exchange_lease_held").await, 0);
    let epoch = value(&app, "exchange_lease_epoch").await;
    app.stop().await;
    app.until(async || value(&rival, "exchange_lease_held").await > 0)
        .await;
    assert_eq!(value(&rival, "exchange_lease_epoch").await, epoch + 1);
    assert_eq!(value(&rival, "exchange_lease_take_overs_total").await, 1);
    rival.stop().await;
}

#[tokio::test]
async fn writes_and_what_follows_them_are_measured() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    let writes = value(&app, "exchange_journal_commit_seconds_count").await;
    let entries = value(&app, "exchange_journal_batch_entries_sum").await;
    app.as_cat("kitty").order("buy", 1, 3).await;
    assert_eq!(
        value(&app, "exchange_journal_commit_seconds_count").await,
        writes + 1
    );
    assert_eq!(
        value(&app, "exchange_journal_batch_entries_sum").await,
        entries + 1
    );
    assert_eq!(
        value(&app, "exchange_journal_entries_total").await,
        entries + 1
    );
    let last = value(&app, "exchange_journal_last_event").await;
    assert!(last > 0);
    app.until(async || value(&app, "exchange_search_last_event").await >= last)
        .await;
    assert_eq!(value(&app, "exchange_search_failures_total").await, 0);
}

#[tokio::test]
async fn the_feed_counts_its_clients_and_what_they_lost() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.as_cat("kitty").order("buy", 1, 3).await;
    assert_eq!(value(&app, "exchange_feed_clients").await, 0);
    let url = app.url("/v1/feed").replace("http://", "ws://");
    let (mut socket, _) = connect_async(url).await.unwrap();
    app.until(async || value(&app, "exchange_feed_clients").await > 0)
        .await;
    for (seq, name) in [
        ("0", "exchange_feed_gaps_total"),
        ("999999", "exchange_feed_resyncs_total"),
    ] {
        let ask = format!(
            r#"{{"op":"subscribe","market":"mouse-prime","channel":"l2","from_seq":{seq}}}"#
        );
        socket.send(Message::text(ask)).await.unwrap();
        app.until(async || value(&app, name).await > 0).await;
    }
    app.as_cat("kitty").order("buy", 1, 4).await;
    app.until(async || value(&app, "exchange_feed_deltas_total").await > 0)
        .await;
    while let Some(Ok(message)) = socket.next().await {
        if message.to_text().is_ok_and(|text| text.contains("delta")) {
            break;
        }
    }
    drop(socket);
    app.until(async || value(&app, "exchange_feed_clients").await == 0)
        .await;
}
