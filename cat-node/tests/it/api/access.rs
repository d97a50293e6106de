//! Who may see and change what: access lists, roles, class-level permissions, protected fields.

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

fn user_pointer(id: &str) -> Json {
    json!({"__type": "Pointer", "className": "_User", "objectId": id})
}

#[tokio::test]
async fn an_object_is_absent_for_those_who_may_not_read_it() {
    let app = TestApp::start().await;
    let (tom_id, tom) = app.sign_up("tom").await;
    let (_, kit) = app.sign_up("kit").await;
    let secret = json!({"t": "secret", "ACL": {tom_id: {"read": true, "write": true}}});
    let path = format!(
        "/classes/Post/{}",
        app.post(&tom, "/classes/Post", secret).await.id()
    );
    for stranger in [&kit, &Actor::anonymous()] {
        app.get(stranger, &path)
            .await
            .refuses(404, 101, "Object not found.");
        app.put(stranger, &path, json!({"t": "x"}))
            .await
            .refuses(404, 101, "Object not found.");
        app.delete(stranger, &path)
            .await
            .refuses(404, 101, "Object not found.");
        assert_eq!(
            app.find(stranger, "Post", json!({"count": 1})).await.body,
            json!({"results": [], "count": 0})
        );
    }
    assert_eq!(app.get(&tom, &path).await.body["t"], "secret");
    assert_eq!(app.get(&Actor::master(), &path).await.body["t"], "secret");
}

#[tokio::test]
async fn who_may_read_may_not_write() {
    let app = TestApp::start().await;
    let post = json!({"t": "old", "ACL": {"*": {"read": true}}});
    let path = format!(
        "/classes/Post/{}",
        app.post(&Actor::anonymous(), "/classes/Post", post)
            .await
            .id()
    );
    app.put(&Actor::anonymous(), &path, json!({"t": "new"}))
        .await
        .refuses(404, 101, "Object not found.");
    assert_eq!(app.get(&Actor::anonymous(), &path).await.body["t"], "old");
}

#[tokio::test]
async fn roles_inherit_and_take_effect_at_once() {
    let app = TestApp::start().await;
    let (kit_id, kit) = app.sign_up("kit").await;
    let master = Actor::master();
    let role = |name: &str| json!({"name": name, "ACL": {}});
    let court = app.post(&master, "/roles", role("court")).await.id();
    let crown = app.post(&master, "/roles", role("crown")).await.id();
    let post = json!({"t": "secret", "ACL": {"role:court": {"read": true}}});
    let path = format!(
        "/classes/Post/{}",
        app.post(&master, "/classes/Post", post).await.id()
    );
    assert_eq!(app.get(&kit, &path).await.status, 404);

    // Who is in the crown is in the court.
    let crown_pointer = json!({"__type": "Pointer", "className": "_Role", "objectId": crown});
    let join =
        |field: &str, object: Json| json!({field: {"__op": "AddRelation", "objects": [object]}});
    app.put(
        &master,
        &format!("/roles/{court}"),
        join("roles", crown_pointer),
    )
    .await;
    app.put(
        &master,
        &format!("/roles/{crown}"),
        join("users", user_pointer(&kit_id)),
    )
    .await;
    assert_eq!(app.get(&kit, &path).await.body["t"], "secret");

    let leave = json!({"users": {"__op": "RemoveRelation", "objects": [user_pointer(&kit_id)]}});
    app.put(&master, &format!("/roles/{crown}"), leave).await;
    assert_eq!(app.get(&kit, &path).await.status, 404);
}

#[tokio::test]
async fn roles_need_a_name_of_their_own_and_a_list() {
    let app = TestApp::start().await;
    let master = Actor::master();
    app.post(&master, "/roles", json!({"name": "x"}))
        .await
        .refuses(400, 111, "ACL is required.");
    app.post(&master, "/roles", json!({"ACL": {}}))
        .await
        .refuses(400, 111, "name is required.");
    assert_eq!(
        app.post(&master, "/roles", json!({"name": "x", "ACL": {}}))
            .await
            .status,
        201
    );
    let taken = app
        .post(&master, "/roles", json!({"name": "x", "ACL": {}}))
        .await;
    taken.refuses(
        400,
        137,
        "A duplicate value for a field with unique values was provided",
    );
}

#[tokio::test]
async fn class_level_permissions_close_a_class() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    let permissions = json!({"get": {"requiresAuthentication": true}, "create": {"*": true}});
    let schema = json!({"className": "Closed", "classLevelPermissions": permissions, "fields": {"n": {"type": "Number"}}});
    assert_eq!(
        app.post(&Actor::master(), "/schemas/Closed", schema)
            .await
            .status,
        200
    );
    let path = format!(
        "/classes/Closed/{}",
        app.post(&Actor::anonymous(), "/classes/Closed", json!({"n": 1}))
            .await
            .id()
    );
    app.get(&Actor::anonymous(), &path)
        .await
        .refuses(404, 101, "Permission denied");
    assert_eq!(app.get(&tom, &path).await.status, 200);
    app.find(&tom, "Closed", json!({}))
        .await
        .refuses(400, 119, "Permission denied");
    app.put(&tom, &path, json!({"n": 2}))
        .await
        .refuses(400, 119, "Permission denied");
    app.delete(&tom, &path)
        .await
        .refuses(400, 119, "Permission denied");
    let new_field = app
        .post(
            &Actor::anonymous(),
            "/classes/Closed",
            json!({"n": 1, "new": 1}),
        )
        .await;
    new_field.refuses(400, 119, "Permission denied");
    assert_eq!(app.get(&Actor::master(), &path).await.status, 200);
}

#[tokio::test]
async fn an_address_is_neither_shown_nor_told_by_a_query() {
    let app = TestApp::start().await;
    let cat = json!({"username": "tom", "password": "x", "email": "tom@cats.example", "ACL": {"*": {"read": true}}});
    let id = app.post(&Actor::anonymous(), "/users", cat).await.id();
    let (_, kit) = app.sign_up("kit").await;
    let seen = app.get(&kit, &format!("/users/{id}")).await;
    assert_eq!(
        (&seen.body["username"], seen.body.get("email")),
        (&json!("tom"), None)
    );
    for query in [
        json!({"where": {"email": "tom@cats.example"}}),
        json!({"where": {"$or": [{"$and": [{"email": {"$regex": "^t"}}]}]}}),
        json!({"order": "email"}),
    ] {
        app.find(&kit, "_User", query)
            .await
            .refuses(400, 119, "Permission denied");
    }
    assert_eq!(
        app.get(&Actor::master(), &format!("/users/{id}"))
            .await
            .body["email"],
        "tom@cats.example"
    );
}

#[tokio::test]
async fn system_classes_are_for_the_master() {
    let app = TestApp::start().await;
    for class in ["_JobStatus", "_Hooks", "_Join:users:_Role", "_GlobalConfig"] {
        app.find(&Actor::anonymous(), class, json!({}))
            .await
            .refuses(400, 119, "Permission denied");
    }
    app.get(&Actor::anonymous(), "/installations")
        .await
        .refuses(400, 119, "Permission denied");
    // The service's own secrets have no name that a request can say, not even with the master key.
    let keys = app.find(&Actor::master(), "_SigningKey", json!({})).await;
    assert_eq!(keys.body, json!({"results": []}));
}
