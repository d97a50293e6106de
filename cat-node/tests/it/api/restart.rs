//! What is answered is kept.

use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn users_sessions_and_objects_survive_a_restart() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    let id = app.post(&tom, "/classes/Game", json!({"n": 1})).await.id();
    let app = app.restart().await;
    assert_eq!(app.get(&tom, "/users/me").await.body["username"], "tom");
    assert_eq!(
        app.get(&Actor::anonymous(), &format!("/classes/Game/{id}"))
            .await
            .body["n"],
        1
    );
    let mismatch = app
        .post(&Actor::anonymous(), "/classes/Game", json!({"n": "text"}))
        .await;
    mismatch.refuses(
        400,
        111,
        "schema mismatch for Game.n; expected Number but got String",
    );
}

#[tokio::test]
async fn two_services_in_one_process_know_nothing_of_each_other() {
    let (one, two) = tokio::join!(TestApp::start(), TestApp::start());
    let id = one
        .post(&Actor::anonymous(), "/classes/Game", json!({"n": 1}))
        .await
        .id();
    assert_eq!(
        two.get(&Actor::anonymous(), &format!("/classes/Game/{id}"))
            .await
            .status,
        404
    );
    two.sign_up("tom").await;
    one.sign_up("tom").await;
}
