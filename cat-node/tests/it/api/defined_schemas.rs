//! Classes as the operator defines them, and what the options of their fields ask of objects.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

#[tokio::test]
async fn objects_take_defaults_and_bring_what_is_required() {
    let app = TestApp::start().await;
    let master = Actor::master();
    let fields = json!({
        "name": {"type": "String", "required": true},
        "score": {"type": "Number", "defaultValue": 5, "required": true},
        "since": {"type": "Date", "defaultValue": {"__type": "Date", "iso": "2020-01-01T00:00:00.000Z"}},
    });
    app.post(&master, "/schemas/Game", json!({"fields": fields}))
        .await;
    let anyone = Actor::anonymous();
    for nothing in [json!({}), json!({"name": ""}), json!({"name": null})] {
        let refused = app.post(&anyone, "/classes/Game", nothing).await;
        refused.refuses(400, 142, "name is required");
    }
    let made = app
        .post(&anyone, "/classes/Game", json!({"name": "x"}))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(
        (&made.body["score"], &made.body["since"]["iso"]),
        (&json!(5), &json!("2020-01-01T00:00:00.000Z"))
    );
    let path = format!("/classes/Game/{}", made.id());
    let taken = json!({"score": {"__op": "Delete"}});
    let refused = app.put(&anyone, &path, taken).await;
    refused.refuses(400, 142, "score is required");
    assert_eq!(app.get(&anyone, &path).await.body["score"], 5);
    assert_eq!(
        app.put(&anyone, &path, json!({"since": null})).await.status,
        200
    );
}

async fn start_on(folder: &Arc<tempfile::TempDir>, schema: &Json) -> TestApp {
    let text = schema.to_string();
    let options = [("PARSE_SERVER_SCHEMA", text.as_str())];
    TestApp::start_in(Arc::clone(folder), &options).await
}

#[tokio::test]
async fn a_start_brings_classes_into_their_defined_form() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let master = Actor::master();
    let first = json!({"definitions": [{
        "className": "Game",
        "fields": {"a": {"type": "String"}, "b": {"type": "Number"}, "c": {"type": "String"}},
        "indexes": {"a_1": {"a": 1}, "b_1": {"b": 1}},
        "classLevelPermissions": {"find": {"*": true}, "create": {"*": true}},
    }]});
    let app = start_on(&folder, &first).await;
    let game = app.get(&master, "/schemas/Game").await.body;
    assert_eq!(game["classLevelPermissions"]["addField"], json!({}));
    assert_eq!(game["indexes"]["a_1"], json!({"a": 1}));
    let new_field = app
        .post(&Actor::anonymous(), "/classes/Game", json!({"z": 1}))
        .await;
    new_field.refuses(400, 119, "Permission denied");
    app.post(
        &master,
        "/classes/Game",
        json!({"a": "x", "b": 1, "c": "y"}),
    )
    .await;
    drop(app);

    let second = json!({"lockSchemas": true, "strict": true, "deleteExtraFields": true, "recreateModifiedFields": true,
        "definitions": [{
            "className": "Game",
            "fields": {"a": {"type": "String", "required": true}, "b": {"type": "String"}},
            "indexes": {"a_1": {"a": -1}},
            "classLevelPermissions": {"find": {"*": true}},
        }],
    });
    // The second time nothing is left to do.
    for _ in 0..2 {
        let app = start_on(&folder, &second).await;
        let game = app.get(&master, "/schemas/Game").await.body;
        assert_eq!(
            game["fields"]["a"],
            json!({"type": "String", "required": true})
        );
        assert_eq!(game["fields"]["b"], json!({"type": "String"}));
        assert_eq!(game["fields"].get("c"), None);
        assert_eq!(
            game["indexes"],
            json!({"_id_": {"_id": 1}, "a_1": {"a": -1}})
        );
        let found = app.find(&master, "Game", json!({"keys": "a,b,c"})).await;
        assert_eq!(found.body["results"][0]["a"], "x");
        assert_eq!(found.body["results"][0].get("b"), None);
        let locked = app.post(&master, "/schemas/Other", json!({})).await;
        locked.refuses(
            400,
            119,
            "Cannot perform this operation when schemas options is used.",
        );
    }
}
