//! What is hidden stays hidden, whichever way it is asked for: fields, members of relations, other classes, sessions.

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

fn pointer(class: &str, id: &str) -> Json {
    json!({"__type": "Pointer", "className": class, "objectId": id})
}

async fn with_class(app: &TestApp, class: &str, mut permissions: Json, fields: Json) {
    for operation in [
        "find", "count", "get", "create", "update", "delete", "addField",
    ] {
        if permissions.get(operation).is_none() {
            permissions[operation] = json!({"*": true});
        }
    }
    let schema =
        json!({"className": class, "fields": fields, "classLevelPermissions": permissions});
    let made = app
        .post(&Actor::master(), &format!("/schemas/{class}"), schema)
        .await;
    assert_eq!(made.status, 200, "{made:?}");
}

/// A class with a secret, and a class that refers to it.
async fn with_secret(app: &TestApp) {
    let fields =
        json!({"n": {"type": "Number"}, "secret": {"type": "String"}, "deep": {"type": "Object"}});
    let permissions = json!({"protectedFields": {"*": ["secret", "deep"]}});
    with_class(app, "Safe", permissions, fields).await;
    let safe = json!({"n": 1, "secret": "tuna", "deep": {"er": "salmon"}});
    let safe = app.post(&Actor::master(), "/classes/Safe", safe).await.id();
    let note = json!({"safe": pointer("Safe", &safe), "word": "tuna"});
    app.post(&Actor::master(), "/classes/Note", note).await;
}

#[tokio::test]
async fn a_hidden_field_answers_no_question() {
    let app = TestApp::start().await;
    with_secret(&app).await;
    let (_, kit) = app.sign_up("kit").await;
    let secret = json!({"secret": {"$regex": "^t"}});
    let refused = [
        ("Safe", json!({"where": secret})),
        ("Safe", json!({"where": {"deep.er": "salmon"}})),
        (
            "Safe",
            json!({"where": {"secret": {"$exists": true}}, "limit": 0, "count": 1}),
        ),
        (
            "Safe",
            json!({"where": {"$or": [{"n": 5}, {"$and": [secret]}]}}),
        ),
        ("Safe", json!({"where": {"$nor": [{"$nor": [secret]}]}})),
        ("Safe", json!({"order": "secret"})),
        ("Safe", json!({"order": "n, -deep.er"})),
        (
            "Note",
            json!({"where": {"safe": {"$inQuery": {"className": "Safe", "where": secret}}}}),
        ),
        (
            "Note",
            json!({"where": {"safe": {"$notInQuery": {"className": "Safe", "where": secret}}}}),
        ),
        (
            "Note",
            json!({"where": {"word": {"$select": {"query": {"className": "Safe", "where": secret}, "key": "n"}}}}),
        ),
    ];
    for (class, query) in refused {
        let found = app.find(&kit, class, query.clone()).await;
        assert_eq!(
            (found.status, &found.body["code"]),
            (400, &json!(119)),
            "{query}"
        );
    }
    for query in [
        json!({"keys": "secret,deep"}),
        json!({"include": "deep"}),
        json!({"excludeKeys": "n"}),
    ] {
        let found = app.find(&kit, "Safe", query).await.body["results"][0].clone();
        assert_eq!((found.get("secret"), found.get("deep")), (None, None));
    }
    let included = app.find(&kit, "Note", json!({"include": "safe"})).await;
    let safe = &included.body["results"][0]["safe"];
    assert_eq!((&safe["n"], safe.get("secret")), (&json!(1), None));
    // Nothing is selected out of a field that is not seen.
    let select = json!({"query": {"className": "Safe", "where": {}}, "key": "secret"});
    let by_select = json!({"where": {"word": {"$select": select}}});
    assert_eq!(
        app.find(&kit, "Note", by_select).await.body,
        json!({"results": []})
    );
}

#[tokio::test]
async fn a_session_shows_its_owner_no_hidden_field() {
    let app = TestApp::start().await;
    let (_, kit) = app.sign_up("kit").await;
    let permissions = json!({"get": {"*": true}, "protectedFields": {"*": ["createdWith"]}});
    let change = json!({"className": "_Session", "classLevelPermissions": permissions});
    let changed = app.put(&Actor::master(), "/schemas/_Session", change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let session = app.get(&kit, "/sessions/me").await;
    assert_eq!(
        (session.status, session.body.get("createdWith")),
        (200, None)
    );
    assert!(session.body["sessionToken"].is_string());
}

#[tokio::test]
async fn who_may_not_get_the_owner_learns_no_members() {
    let app = TestApp::start().await;
    let master = Actor::master();
    let member = app
        .post(&master, "/classes/Member", json!({"n": 1}))
        .await
        .id();
    let members = json!({"__op": "AddRelation", "objects": [pointer("Member", &member)]});
    let ask = |owner: &str| json!({"where": {"$relatedTo": {"object": pointer("Club", owner), "key": "members"}}});
    let hidden = json!({"members": members, "ACL": {}});
    let hidden = app.post(&master, "/classes/Club", hidden).await.id();
    let open = app
        .post(&master, "/classes/Club", json!({"members": members}))
        .await
        .id();
    let found = |reply: super::Reply| reply.body["results"].as_array().map(Vec::len);
    let anyone = Actor::anonymous();
    assert_eq!(
        found(app.find(&anyone, "Member", ask(&open)).await),
        Some(1)
    );
    assert_eq!(
        found(app.find(&anyone, "Member", ask(&hidden)).await),
        Some(0)
    );

    let closed = json!({"className": "Club", "classLevelPermissions": {"find": {"*": true}}});
    app.put(&master, "/schemas/Club", closed).await;
    assert_eq!(
        found(app.find(&anyone, "Member", ask(&open)).await),
        Some(0)
    );
    let protected = json!({"className": "Club", "classLevelPermissions":
        {"get": {"*": true}, "protectedFields": {"*": ["members"]}}});
    app.put(&master, "/schemas/Club", protected).await;
    let refused = app.find(&anyone, "Member", ask(&open)).await;
    assert_eq!(refused.body["code"], 119, "{refused:?}");
    assert_eq!(
        found(app.find(&master, "Member", ask(&open)).await),
        Some(1)
    );
}

#[tokio::test]
async fn joins_and_system_classes_are_closed_to_subqueries_and_redirections() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    app.post(&anyone, "/classes/Game", json!({"n": 1})).await;
    for class in [
        "_Join:users:_Role",
        "_Hooks",
        "_GlobalConfig",
        "_Installation",
        "_Idempotency",
    ] {
        let refused = app.get(&anyone, &format!("/classes/{class}")).await;
        assert_eq!(refused.body["code"], 119, "{class}");
        for operator in ["$inQuery", "$notInQuery"] {
            let query = json!({"where": {"p": {operator: {"className": class, "where": {}}}}});
            let refused = app.find(&anyone, "Game", query).await;
            assert_eq!(refused.body["code"], 119, "{class} {operator}");
        }
    }
    let relation = json!({"installations": {"__op": "AddRelation", "objects": [pointer("_Installation", "x")]}});
    app.post(&anyone, "/classes/Game", relation).await;
    let redirected = json!({"redirectClassNameForKey": "installations"});
    let refused = app.find(&anyone, "Game", redirected).await;
    assert_eq!(refused.body["code"], 119, "{refused:?}");
    // Without a session there are no sessions, within a subquery either.
    let query = json!({"where": {"p": {"$inQuery": {"className": "_Session", "where": {"user": {"$exists": true}}}}}});
    assert_eq!(app.find(&anyone, "Game", query).await.body["code"], 209);
}

#[tokio::test]
async fn only_whom_an_object_points_to_may_touch_it() {
    let app = TestApp::start().await;
    let (kit_id, kit) = app.sign_up("kit").await;
    let (_, tom) = app.sign_up("tom").await;
    let fields =
        json!({"n": {"type": "Number"}, "owner": {"type": "Pointer", "targetClass": "_User"}});
    let pointing = json!({"pointerFields": ["owner"]});
    let permissions = json!({"find": pointing, "get": pointing, "count": pointing, "update": pointing, "delete": pointing});
    with_class(&app, "Den", permissions, fields).await;
    let den = json!({"n": 1, "owner": pointer("_User", &kit_id)});
    let path = format!(
        "/classes/Den/{}",
        app.post(&Actor::master(), "/classes/Den", den).await.id()
    );
    for stranger in [&tom, &Actor::anonymous()] {
        let found = app.find(stranger, "Den", json!({"count": 1})).await;
        assert_eq!(found.body, json!({"results": [], "count": 0}));
        let widened = json!({"where": {"$or": [{"n": 1}, {"owner": pointer("_User", &kit_id)}]}});
        assert_eq!(
            app.find(stranger, "Den", widened).await.body,
            json!({"results": []})
        );
        assert_eq!(app.get(stranger, &path).await.status, 404);
        assert_eq!(app.put(stranger, &path, json!({"n": 2})).await.status, 404);
        let stolen = json!({"owner": pointer("_User", "thief")});
        assert_eq!(app.put(stranger, &path, stolen).await.status, 404);
        assert_eq!(app.delete(stranger, &path).await.status, 404);
    }
    assert_eq!(app.put(&kit, &path, json!({"n": 3})).await.status, 200);
    assert_eq!(app.get(&kit, &path).await.body["n"], 3);
    assert_eq!(app.delete(&kit, &path).await.status, 200);
}

#[tokio::test]
async fn refusals_say_why_only_when_the_settings_want_it() {
    for (sanitised, text) in [
        ("true", "Permission denied"),
        ("false", "Permission denied for action find on class Den."),
    ] {
        let environment = [("PARSE_SERVER_ENABLE_SANITIZED_ERROR_RESPONSE", sanitised)];
        let app = TestApp::start_with(&environment).await;
        with_class(&app, "Den", json!({"find": {}}), json!({})).await;
        let refused = app.find(&Actor::anonymous(), "Den", json!({})).await;
        refused.refuses(400, 119, text);
    }
}

#[tokio::test]
async fn queries_cannot_grow_without_end() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    app.post(
        &anyone,
        "/classes/Game",
        json!({"n": 1, "list": [1], "name": "a"}),
    )
    .await;
    let nested =
        |operator: &str| (0..40).fold(json!({"n": 1}), |inner, _| json!({operator: [inner]}));
    let chain = (0..12).fold(
        json!({"n": 1}),
        |inner, _| json!({"p": {"$inQuery": {"className": "Game", "where": inner}}}),
    );
    let wide: Json = (0..2_000).map(|_| json!({"n": 1})).collect();
    let corners: Json = (0..20_000)
        .map(|_| json!({"__type": "GeoPoint", "latitude": 0, "longitude": 0}))
        .collect();
    let long_path = format!("n{}", ".n".repeat(2_000));
    for filter in [
        nested("$or"),
        nested("$and"),
        nested("$nor"),
        chain,
        json!({"$or": wide}),
        json!({"at": {"$geoWithin": {"$polygon": corners}}}),
        json!({long_path: 1}),
        json!({"name": {"$regex": format!("[{}]", "a".repeat(10_000))}}),
        json!({"name": {"$regex": "(a{1000}){1000}"}}),
        json!({"name": {"$regex": r"\w{100}"}}),
        json!({"name": {"$regex": "(a+)+\\1"}}),
    ] {
        let refused = app.find(&anyone, "Game", json!({"where": filter})).await;
        assert_eq!(refused.status, 400, "{:.200}", filter.to_string());
    }
    // The widest query that is taken is answered.
    let widest: Json = (0..898).map(|_| json!({"n": 1})).collect();
    let answered = app
        .find(&anyone, "Game", json!({"where": {"$or": widest}}))
        .await;
    assert_eq!(answered.status, 200);
    let far = json!({"list.20000": 1});
    let game = app.find(&anyone, "Game", json!({})).await.body["results"][0]["objectId"].clone();
    let path = format!("/classes/Game/{}", game.as_str().unwrap());
    assert_eq!(app.put(&anyone, &path, far).await.status, 400);
}
