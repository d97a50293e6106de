//! Classes as the master key sees and shapes them.

use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn a_class_is_made_changed_emptied_and_removed() {
    let app = TestApp::start().await;
    let master = Actor::master();
    let fields = json!({"a": {"type": "String"}, "p": {"type": "Pointer", "targetClass": "Post"}});
    let made = app
        .post(
            &master,
            "/schemas/Sch",
            json!({"className": "Sch", "fields": fields}),
        )
        .await;
    assert_eq!(
        made.body["fields"]["p"],
        json!({"type": "Pointer", "targetClass": "Post"})
    );
    let change = json!({"fields": {"b": {"type": "Number"}, "a": {"__op": "Delete"}}});
    let changed = app.put(&master, "/schemas/Sch", change).await;
    assert_eq!(
        (
            &changed.body["fields"]["b"],
            changed.body["fields"].get("a")
        ),
        (&json!({"type": "Number"}), None)
    );
    app.post(&master, "/classes/Sch", json!({"b": 1})).await;
    let full = app.delete(&master, "/schemas/Sch").await;
    full.refuses(
        400,
        255,
        "Class Sch is not empty, contains 1 objects, cannot drop schema.",
    );
    assert_eq!(app.delete(&master, "/purge/Sch").await.status, 200);
    assert_eq!(app.delete(&master, "/schemas/Sch").await.status, 200);
    app.get(&master, "/schemas/Sch")
        .await
        .refuses(400, 103, "Class Sch does not exist.");
    // A class of the same name is a new one.
    assert_eq!(
        app.post(&master, "/classes/Sch", json!({"b": "text"}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn bad_classes_are_refused_in_known_words() {
    let app = TestApp::start().await;
    let master = Actor::master();
    app.post(
        &master,
        "/schemas/Sch",
        json!({"fields": {"b": {"type": "Number"}}}),
    )
    .await;
    let field = |kind: serde_json::Value| json!({"className": "Bad", "fields": {"a": kind}});
    for (path, body, code, error) in [
        (
            "/schemas",
            json!({}),
            135,
            "POST /schemas needs a class name.",
        ),
        (
            "/schemas/A",
            json!({"className": "B"}),
            103,
            "Class name mismatch between B and A.",
        ),
        ("/schemas/Sch", json!({}), 103, "Class Sch already exists."),
        (
            "/schemas/Bad",
            field(json!({"type": "Foo"})),
            111,
            "invalid field type: Foo",
        ),
        (
            "/schemas/Bad",
            field(json!({"type": "Pointer"})),
            135,
            "type Pointer needs a class name",
        ),
        (
            "/schemas/Bad",
            json!({"fields": {"a b": {"type": "String"}}}),
            105,
            "invalid field name: a b",
        ),
        (
            "/schemas/Bad",
            json!({"fields": {"objectId": {"type": "String"}}}),
            136,
            "field objectId cannot be added",
        ),
    ] {
        app.post(&master, path, body)
            .await
            .refuses(400, code, error);
    }
    let other_type = app
        .put(
            &master,
            "/schemas/Sch",
            json!({"fields": {"b": {"type": "String"}}}),
        )
        .await;
    other_type.refuses(400, 255, "Field b exists, cannot update.");
    assert_eq!(app.get(&Actor::anonymous(), "/schemas").await.status, 403);
}

#[tokio::test]
async fn the_list_shows_what_apps_have_and_nothing_of_the_service() {
    let app = TestApp::start().await;
    app.post(&Actor::anonymous(), "/classes/Game", json!({"n": 1}))
        .await;
    let list = app.get(&Actor::master(), "/schemas").await;
    let names: Vec<_> = list.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| class["className"].as_str().unwrap())
        .collect();
    assert_eq!(names[..2], ["_User", "_Role"]);
    assert!(
        names.contains(&"Game") && names.contains(&"Capture"),
        "{names:?}"
    );
    assert!(!names.contains(&"_SigningKey"), "{names:?}");
    let info = app.get(&Actor::master(), "/serverInfo").await;
    assert_eq!(info.body["parseServerVersion"], "9.10.0");
}
