//! What the other services hear of cats and sessions, written together with what they are about.

use serde_json::json;
use shared_events::Event;

use super::{Actor, TestApp};

#[tokio::test]
async fn a_cats_life_is_announced_in_order() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    let session = app.get(&tom, "/sessions/me").await.id();
    app.put(&tom, &format!("/users/{id}"), json!({"username": "thomas"}))
        .await;
    app.put(&tom, &format!("/users/{id}"), json!({"lives": 8}))
        .await;
    app.post(&tom, "/logout", json!({})).await;
    app.delete(&Actor::master(), &format!("/users/{id}")).await;
    let mut events = app.pending_events().await;
    events.retain(|event| !matches!(event, Event::KeysPublished(_)));
    let [
        Event::CatRegistered(registered),
        Event::CatUpdated(updated),
        Event::SessionRevoked(revoked),
        Event::CatErased(erased),
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(
        (registered.cat.as_str(), registered.name.as_str()),
        (id.as_str(), "tom")
    );
    assert_eq!(
        (updated.name.as_str(), updated.updated_at),
        ("thomas", app.now())
    );
    assert_eq!(
        (revoked.cat.as_str(), revoked.session.as_str()),
        (id.as_str(), session.as_str())
    );
    assert_eq!(erased.cat.as_str(), id);
}

#[tokio::test]
async fn every_ended_session_is_named() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    for _ in 0..2 {
        app.post(
            &Actor::anonymous(),
            "/login",
            json!({"username": "tom", "password": "tuna"}),
        )
        .await;
    }
    app.put(&tom, &format!("/users/{id}"), json!({"password": "salmon"}))
        .await;
    let events = app.pending_events().await;
    assert_eq!(
        events
            .iter()
            .filter(|event| matches!(event, Event::SessionRevoked(_)))
            .count(),
        3
    );
}

#[tokio::test]
async fn what_is_refused_is_not_announced() {
    let app = TestApp::start().await;
    app.sign_up("tom").await;
    let before = app.pending_events().await.len();
    app.post(
        &Actor::anonymous(),
        "/users",
        json!({"username": "tom", "password": "x"}),
    )
    .await;
    app.delete(&Actor::anonymous(), "/users/nobody").await;
    assert_eq!(app.pending_events().await.len(), before);
}
