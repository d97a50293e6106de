//! The same journal gives the same state, in another process and on another database.

use crate::{
    backends::{self, Backend},
    test_app::{TestApp, caught},
};
use cadaver_exchange::{
    domain::{Exchange, event::Output},
    engine::recover,
    market_data::Hub,
    storage::{Storage, sqlite::SqliteStorage},
};

#[tokio::test]
async fn the_journal_alone_gives_the_state() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let now = app.clock_now();
    let batch: Vec<_> = (0..200)
        .map(|n| app.delivery(&caught(&format!("m-{n}"), "tom", now)))
        .collect();
    app.deliver(&batch).await;
    app.as_cat("kitty").order("buy", 20, 12).await;
    let told = app.state_hash().await;

    let storage = SqliteStorage::open(&app.database()).unwrap();
    let recovered = recover(&storage, &Hub::default()).await.unwrap();
    assert_eq!(recovered.position, told["position"].as_u64().unwrap());
    assert_eq!(recovered.exchange.state_hash().to_string(), told["hash"]);

    let (mut exchange, mut out) = (Exchange::default(), Output::default());
    for entry in storage.entries(0, usize::MAX).await.unwrap() {
        exchange.execute(entry.at, &entry.command, &mut out);
    }
    assert_eq!(exchange.state_hash().to_string(), told["hash"]);
}

/// The hash of a fixed flow never changes: a change of the canonical form or of a rule shows here.
#[test]
fn the_hash_of_a_known_flow_is_known() {
    let mut exchange = Exchange::default();
    let mut out = Output::default();
    for (at, command) in backends::known_flow() {
        exchange.execute(at, &command, &mut out);
    }
    assert_eq!(exchange.audit(), Ok(()));
    insta::assert_snapshot!("known_flow", exchange.state_hash().to_string());
}

#[tokio::test]
async fn both_databases_give_the_same_hash() {
    for backend in Backend::ALL {
        let Some(database) = backends::open(backend).await else {
            continue;
        };
        let mut exchange = Exchange::default();
        backends::fill(database.storage.as_ref(), &mut exchange).await;
        let recovered = recover(database.storage.as_ref(), &Hub::default())
            .await
            .unwrap();
        assert_eq!(
            recovered.exchange.state_hash(),
            exchange.state_hash(),
            "{backend:?}"
        );
        insta::assert_snapshot!("known_flow", recovered.exchange.state_hash().to_string());
    }
}
