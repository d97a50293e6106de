//! Who says that it is somebody else: by an id, by a session made up, by an id of a provider that is no text.

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

fn user(id: &str) -> Json {
    json!({"__type": "Pointer", "className": "_User", "objectId": id})
}

#[tokio::test]
async fn no_user_is_called_like_a_role() {
    let app = TestApp::start_with(&[("PARSE_SERVER_ALLOW_CUSTOM_OBJECT_ID", "true")]).await;
    let body = json!({"objectId": "role:court", "username": "tom", "password": "tuna"});
    for (path, actor) in [
        ("/users", Actor::anonymous()),
        ("/classes/_User", Actor::anonymous()),
        ("/users", Actor::master()),
    ] {
        app.post(&actor, path, body.clone())
            .await
            .refuses(400, 119, "Permission denied");
    }
}

#[tokio::test]
async fn a_session_is_made_for_oneself_and_by_the_service() {
    let app = TestApp::start().await;
    let (tom_id, tom) = app.sign_up("tom").await;
    let (kit_id, kit) = app.sign_up("kit").await;
    let chosen = format!("r:{}", "0f".repeat(16));
    let wish = json!({"user": user(&tom_id), "sessionToken": chosen, "createdWith.action": "login",
        "expiresAt": {"__type": "Date", "iso": "2999-01-01T00:00:00.000Z"}});
    let made = app.post(&kit, "/sessions", wish).await;
    assert_eq!(
        (made.status, &made.body["user"]["objectId"]),
        (201, &json!(kit_id)),
        "{made:?}"
    );
    assert_eq!(made.body["createdWith"]["action"], "create");
    assert_ne!(made.body["expiresAt"]["iso"], "2999-01-01T00:00:00.000Z");
    app.get(&Actor::user(&chosen), "/users/me")
        .await
        .refuses(400, 209, "Invalid session token");

    let path = format!("/sessions/{}", made.id());
    for (change, field) in [
        (json!({"user": user(&tom_id)}), "user"),
        (json!({"sessionToken": chosen}), "sessionToken"),
        (json!({"createdWith": {}}), "createdWith"),
        (json!({"createdWith.action": "login"}), "createdWith"),
    ] {
        let refusal = format!("Invalid key name: {field}");
        app.put(&kit, &path, change)
            .await
            .refuses(400, 105, &refusal);
    }
    let foreign = app.put(&tom, &path, json!({"note": 1})).await;
    foreign.refuses(404, 101, "Object not found.");
    assert_eq!(app.get(&tom, &path).await.status, 404);
}

#[tokio::test]
async fn dots_are_no_way_into_what_the_service_keeps() {
    let app = TestApp::start().await;
    let (tom_id, _) = app.sign_up("tom").await;
    let (kit_id, kit) = app.sign_up("kit").await;
    let den = json!({"n": 1, "owner": user(&tom_id), "ACL": {"*": {"read": true}, kit_id.as_str(): {"write": true}}});
    let den = app.post(&kit, "/classes/Den", den).await.id();
    let path = format!("/classes/Den/{den}");
    let before = app.get(&kit, &path).await.body;
    for (key, code) in [
        ("ACL.*", 111),
        ("ACL.*.write", 111),
        ("objectId.x", 111),
        ("createdAt.iso", 111),
        ("owner.objectId", 111),
        ("_wperm.0", 105),
        ("_hashed_password.x", 105),
    ] {
        let body = json!({key: {"write": true}});
        let changed = app.put(&kit, &path, body.clone()).await;
        assert_eq!(
            (changed.status, &changed.body["code"]),
            (400, &json!(code)),
            "{key}: {changed:?}"
        );
        let created = app.post(&kit, "/classes/Den", body).await;
        assert_eq!(
            (created.status, &created.body["code"]),
            (400, &json!(code)),
            "{key}: {created:?}"
        );
    }
    assert_eq!(app.get(&kit, &path).await.body, before);
    let schema = app.get(&Actor::master(), "/schemas/Den").await;
    assert_eq!(schema.body["fields"]["ACL"], json!({"type": "ACL"}));
    let stranger = app.put(&Actor::anonymous(), &path, json!({"n": 2})).await;
    stranger.refuses(404, 101, "Object not found.");
}

#[tokio::test]
async fn an_identity_is_a_text() {
    let app = TestApp::start().await;
    let sign_up = |id: Json| json!({"authData": {"anonymous": {"id": id}}});
    let anyone = Actor::anonymous();
    let ghost = app.post(&anyone, "/users", sign_up(json!("1"))).await;
    assert_eq!(ghost.status, 201, "{ghost:?}");
    for id in [
        json!({"$ne": 1}),
        json!({"$regex": "."}),
        json!(["1"]),
        json!(1),
        json!(true),
    ] {
        let refused = app.post(&anyone, "/users", sign_up(id.clone())).await;
        refused.refuses(400, 162, "Invalid authData id for provider 'anonymous'.");
    }
}
