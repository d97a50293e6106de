//! Objects: created, changed, read and deleted.

use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn an_object_comes_back_as_it_went() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let fields = json!({
        "score": 1337, "ratio": -0.5, "cheat": false, "nothing": null, "name": "Ωmega \"quoted\" \\ \u{1F42D}",
        "when": {"__type": "Date", "iso": "2026-11-24T08:00:00.123Z"},
        "where": {"__type": "GeoPoint", "latitude": 45.5, "longitude": -73.6},
        "owner": {"__type": "Pointer", "className": "_User", "objectId": "abc"},
        "bytes": {"__type": "Bytes", "base64": "AAEC"},
        "list": [1, "two", {"three": [3]}], "nested": {"a": {"b": null}},
    });
    let created = app.post(&anyone, "/classes/Game", fields.clone()).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body.as_object().unwrap().len(), 2, "{created:?}");
    let found = app
        .get(&anyone, &format!("/classes/Game/{}", created.id()))
        .await;
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&found.body[name], value, "{name}");
    }
    assert_eq!(found.body["createdAt"], found.body["updatedAt"]);
    assert_eq!(
        app.delete(&anyone, &format!("/classes/Game/{}", created.id()))
            .await
            .body,
        json!({})
    );
    let gone = app
        .get(&anyone, &format!("/classes/Game/{}", created.id()))
        .await;
    gone.refuses(404, 101, "Object not found.");
}

#[tokio::test]
async fn ops_answer_what_the_client_cannot_know() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let id = app
        .post(
            &anyone,
            "/classes/Game",
            json!({"n": 1, "s": "a", "list": [1, 2]}),
        )
        .await
        .id();
    let path = format!("/classes/Game/{id}");
    for (change, told) in [
        (
            json!({"n": {"__op": "Increment", "amount": 2}}),
            json!({"n": 3}),
        ),
        (
            json!({"list": {"__op": "Add", "objects": [2]}}),
            json!({"list": [1, 2, 2]}),
        ),
        (
            json!({"list": {"__op": "AddUnique", "objects": [2, 3]}}),
            json!({"list": [1, 2, 2, 3]}),
        ),
        (
            json!({"list": {"__op": "Remove", "objects": [2]}}),
            json!({"list": [1, 3]}),
        ),
        (json!({"s": {"__op": "Delete"}}), json!({})),
        (json!({"deep.down": 1}), json!({})),
    ] {
        let mut reply = app.put(&anyone, &path, change.clone()).await;
        reply
            .body
            .as_object_mut()
            .unwrap()
            .remove("updatedAt")
            .unwrap();
        assert_eq!(reply.body, told, "{change}");
    }
    let found = app.get(&anyone, &path).await.body;
    assert_eq!(
        (found.get("s"), &found["deep"]),
        (None, &json!({"down": 1}))
    );
}

#[tokio::test]
async fn concurrent_increments_all_count() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let id = app
        .post(&anyone, "/classes/Game", json!({"n": 0}))
        .await
        .id();
    let path = format!("/classes/Game/{id}");
    let increment = json!({"n": {"__op": "Increment", "amount": 1}});
    let all = (0..50)
        .map(|_| app.put(&anyone, &path, increment.clone()))
        .collect::<Vec<_>>();
    assert!(
        futures_util::future::join_all(all)
            .await
            .iter()
            .all(|reply| reply.status == 200)
    );
    assert_eq!(app.get(&anyone, &path).await.body["n"], 50);
}

#[tokio::test]
async fn a_field_keeps_the_type_of_its_first_value() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let id = app
        .post(&anyone, "/classes/Game", json!({"score": 1}))
        .await
        .id();
    let path = format!("/classes/Game/{id}");
    for (change, error) in [
        (
            json!({"score": "a"}),
            "schema mismatch for Game.score; expected Number but got String",
        ),
        (
            json!({"score": [1]}),
            "schema mismatch for Game.score; expected Number but got Array",
        ),
        (
            json!({"score": {"__type": "Pointer", "className": "X", "objectId": "y"}}),
            "schema mismatch for Game.score; expected Number but got Pointer<X>",
        ),
        (
            json!({"score.x": 1}),
            "schema mismatch for Game.score; expected Number but got Object",
        ),
    ] {
        app.put(&anyone, &path, change)
            .await
            .refuses(400, 111, error);
    }
    assert_eq!(
        app.put(&anyone, &path, json!({"score": null})).await.status,
        200
    );
}

#[tokio::test]
async fn relations_are_kept_beside_their_object() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let mut posts = Vec::new();
    for n in 0..3 {
        posts.push(
            app.post(&anyone, "/classes/Post", json!({"n": n}))
                .await
                .id(),
        );
    }
    let pointer = |id: &str| json!({"__type": "Pointer", "className": "Post", "objectId": id});
    let change = json!({"likes": {"__op": "AddRelation", "objects": [pointer(&posts[0]), pointer(&posts[1])]}});
    let fan = app.post(&anyone, "/classes/Fan", change).await.id();
    let removal = json!({"likes": {"__op": "RemoveRelation", "objects": [pointer(&posts[0])]}});
    app.put(&anyone, &format!("/classes/Fan/{fan}"), removal)
        .await;
    let owner = json!({"__type": "Pointer", "className": "Fan", "objectId": fan});
    let related = json!({"where": {"$relatedTo": {"object": owner, "key": "likes"}}});
    let liked = app.find(&anyone, "Post", related).await;
    assert_eq!(liked.body["results"][0]["n"], 1);
    assert_eq!(liked.body["results"].as_array().map(Vec::len), Some(1));
    let fans = app
        .find(
            &anyone,
            "Fan",
            json!({"where": {"likes": pointer(&posts[1])}}),
        )
        .await;
    assert_eq!(fans.body["results"][0]["objectId"], json!(fan));
    assert_eq!(
        fans.body["results"][0]["likes"],
        json!({"__type": "Relation", "className": "Post"})
    );
}

#[tokio::test]
async fn projected_classes_are_read_only_for_everyone() {
    let app = TestApp::start().await;
    for class in ["Trap", "Capture", "Lot", "Trade", "Order", "Market"] {
        for actor in [Actor::anonymous(), Actor::master()] {
            let created = app
                .post(&actor, &format!("/classes/{class}"), json!({"n": 1}))
                .await;
            created.refuses(400, 119, "Permission denied");
            app.delete(&actor, &format!("/classes/{class}/x"))
                .await
                .refuses(400, 119, "Permission denied");
        }
        assert_eq!(
            app.find(&Actor::anonymous(), class, json!({})).await.body,
            json!({"results": []})
        );
    }
}
