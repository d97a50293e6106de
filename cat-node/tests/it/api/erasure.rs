//! What is left when a cat is gone: nothing that names it.

use bytes::Bytes;
use cat_node::projections::from_event::writes_of;
use cat_node::storage::Storage;
use serde_json::{Value as Json, json};
use shared_events::Envelope;

use super::{Actor, TestApp};

const AT: &str = "2026-11-24T08:00:00.000Z";

async fn project(app: &TestApp, producer: &str, name: &str, data: Json) {
    let envelope = Envelope {
        id: format!("{name}-1"),
        source: format!("//net.miaou/{producer}"),
        event_type: format!("net.miaou.{producer}.{name}.v1"),
        time: app.now(),
        subject: None,
        jurisdiction: None,
        sequence: Some(1),
        traceparent: None,
        data: Bytes::from(data.to_string()),
    };
    let writes = writes_of(&envelope).unwrap();
    app.storage().project(writes, app.now()).await.unwrap();
}

/// A trap, a capture and an order of the cat.
async fn a_hunters_life(app: &TestApp, cat: &str) {
    let trap = json!({"trap": "barn-7", "site": "farm", "jurisdiction": "CA", "owner": cat,
        "position": null, "registered_at": AT});
    let caught = json!({"capture": "c1", "trap": "barn-7", "site": "farm", "jurisdiction": "CA",
        "position": null, "hunter": cat, "kind": "mouse", "species": null, "mass_grams": null,
        "sex": null, "caught_at": AT, "recorded_at": AT, "confidence": 0.98});
    let order = json!({"order": "o1", "cat": cat, "market": "mouse-prime", "side": "sell",
        "quantity": 1, "price": 25, "client_order_id": null, "accepted_at": AT});
    project(app, "mouse-trap", "trap-registered", trap).await;
    project(app, "mouse-trap", "rodent-caught", caught).await;
    project(app, "cadaver-exchange", "order-accepted", order).await;
}

#[tokio::test]
async fn an_erased_cat_is_named_nowhere() {
    let app = TestApp::start().await;
    let master = Actor::master();
    let (id, tom) = app.sign_up("tom").await;
    a_hunters_life(&app, &id).await;
    let member = json!({"__type": "Pointer", "className": "_User", "objectId": id});
    let role = json!({"name": "mousers", "ACL": {"*": {"read": true}}, "users": {"__op": "AddRelation", "objects": [member]}});
    let role = app.post(&master, "/roles", role).await.id();
    for (class, object) in [("Trap", "barn-7"), ("Capture", "c1"), ("Order", "o1")] {
        let seen = app.get(&tom, &format!("/classes/{class}/{object}")).await;
        assert_eq!(seen.status, 200, "{class}: {seen:?}");
    }

    assert_eq!(app.delete(&tom, &format!("/users/{id}")).await.status, 200);

    for class in ["Trap", "Capture", "Order", "_Session", "_Role", "_User"] {
        let found = app.get(&master, &format!("/classes/{class}")).await.body;
        assert!(!found.to_string().contains(&id), "{class}: {found}");
    }
    let capture = app.get(&master, "/classes/Capture/c1").await.body;
    assert_eq!(capture["ACL"], json!({"role:royal-court": {"read": true}}));
    assert_eq!(
        (&capture["hunter"], &capture["kind"]),
        (&json!(null), &json!("mouse"))
    );
    let related = json!({"where": {"$relatedTo": {"object": {"__type": "Pointer", "className": "_Role", "objectId": role}, "key": "users"}}});
    let members = app.find(&master, "_User", related).await.body;
    assert_eq!(members["results"], json!([]));
}

#[tokio::test]
async fn nobody_takes_the_place_of_the_erased() {
    let app = TestApp::start_with(&[("PARSE_SERVER_ALLOW_CUSTOM_OBJECT_ID", "true")]).await;
    let cat = json!({"objectId": "erased", "username": "ghost", "password": "tuna"});
    let reply = app.post(&Actor::anonymous(), "/users", cat).await;
    assert_eq!(reply.status, 400, "{reply:?}");
}
