//! `/config`: values that clients read and the master key writes.

use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn clients_read_what_the_master_key_writes() {
    let app = TestApp::start().await;
    let (client, master) = (Actor::anonymous(), Actor::master());
    assert_eq!(
        app.get(&client, "/config").await.body,
        json!({"params": {}})
    );
    let params = json!({"welcome": "miaou", "secret": "tuna", "when": {"__type": "Date", "iso": "2026-11-24T08:00:00.000Z"}});
    let body = json!({"params": params, "masterKeyOnly": {"secret": true}});
    let reply = app.put(&master, "/config", body).await;
    assert_eq!((reply.status, reply.body), (200, json!({"result": true})));

    assert_eq!(app.get(&master, "/config").await.body["params"], params);
    let seen = app.get(&client, "/config").await.body;
    let marks = json!({"welcome": false, "when": false});
    assert_eq!(seen["masterKeyOnly"], marks);
    assert_eq!(seen["params"]["secret"], json!(null));
    assert_eq!(seen["params"]["welcome"], "miaou");

    let gone = json!({"params": {"secret": {"__op": "Delete"}}});
    app.put(&master, "/config", gone).await;
    let app = app.restart().await;
    assert_eq!(
        app.get(&master, "/config").await.body["params"]["secret"],
        json!(null)
    );
}

#[tokio::test]
async fn only_the_master_key_writes() {
    let app = TestApp::start_with(&[("PARSE_SERVER_READ_ONLY_MASTER_KEY", "eyes-only")]).await;
    let body = json!({"params": {"a": 1}});
    let reply = app.put(&Actor::anonymous(), "/config", body.clone()).await;
    assert_eq!(
        (reply.status, reply.body),
        (403, json!({"error": "Permission denied"}))
    );
    let reader = Actor::anonymous().with("X-Parse-Master-Key", "eyes-only");
    let reply = app.put(&reader, "/config", body).await;
    reply.refuses(400, 119, "Permission denied");
    let evil = json!({"params": {"x": {"constructor": 1}}});
    app.put(&Actor::master(), "/config", evil).await.refuses(
        400,
        105,
        r#"Prohibited keyword in request data: {"key":"constructor"}."#,
    );
    assert_eq!(
        app.get(&reader, "/config").await.body,
        json!({"params": {}})
    );
}

#[tokio::test]
async fn changes_at_once_all_count() {
    let app = TestApp::start().await;
    let master = Actor::master();
    let one = json!({"params": {"n": {"__op": "Increment", "amount": 1}}});
    let puts = (0..8).map(|_| app.put(&master, "/config", one.clone()));
    for reply in futures_util::future::join_all(puts).await {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(app.get(&master, "/config").await.body["params"]["n"], 8);
}
