//! The journal as an outbox: what happened is told, in order, and nothing is told before it is written.

use crate::test_app::TestApp;
use cadaver_exchange::{events::outbox::JournalOutbox, storage::sqlite::SqliteStorage};
use serde_json::Value;
use shared_events::outbox::Outbox;
use std::sync::Arc;

async fn outbox(app: &TestApp) -> JournalOutbox {
    JournalOutbox::open(Arc::new(SqliteStorage::open(&app.database()).unwrap()))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_happened_is_told_in_order() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    app.catch("mouse-1", "tom").await;
    app.as_cat("kitty").order("buy", 2, 13).await;
    app.as_cat("kitty").order("buy", 1, 99_999).await;
    app.void("mouse-1", "tom").await;

    let pending = outbox(&app).await.pending(100).await.unwrap();
    let told: Vec<Value> = pending
        .iter()
        .map(|pending| {
            let event = &pending.event;
            let mut told = serde_json::json!({
                "type": event.event_type,
                "key": event.ordering_key,
                "sequence": event.sequence,
                "data": serde_json::from_str::<Value>(&event.data).unwrap(),
            });
            hide_uuids(&mut told);
            told
        })
        .collect();
    insta::assert_json_snapshot!("told", told);
}

#[tokio::test]
async fn what_is_published_is_not_told_again() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let outbox_before = outbox(&app).await;
    let all = outbox_before.pending(100).await.unwrap();
    assert_eq!(all.len(), 7);
    let third = all[2].position;
    outbox_before.remove(vec![third]).await.unwrap();
    let rest = outbox_before.pending(100).await.unwrap();
    assert_eq!(rest.len(), 6);
    assert!(rest.iter().all(|pending| pending.position != third));

    // A restart may tell the third again, with the same id, as those before it have not gone out.
    let after_restart = outbox(&app).await.pending(3).await.unwrap();
    assert_eq!(after_restart[2].event.id, all[2].event.id);

    outbox_before
        .remove(rest.into_iter().map(|pending| pending.position).collect())
        .await
        .unwrap();
    assert!(outbox(&app).await.pending(100).await.unwrap().is_empty());
}

/// Ids of orders that came over HTTP are drawn at random.
fn hide_uuids(value: &mut Value) {
    match value {
        Value::String(text) if uuid::Uuid::parse_str(text).is_ok() => *text = "a UUID".to_owned(),
        Value::Array(values) => values.iter_mut().for_each(hide_uuids),
        Value::Object(fields) => fields.values_mut().for_each(hide_uuids),
        _ => {}
    }
}
