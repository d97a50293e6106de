//! Which requests are let in.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{APPLICATION_ID, Actor, MASTER_KEY, TestApp};

fn unauthorized() -> Json {
    json!({"error": "unauthorized"})
}

#[tokio::test]
async fn the_application_has_to_be_named() {
    let app = TestApp::start().await;
    for actor in [
        Actor::default(),
        Actor::default().with("X-Parse-Application-Id", "dogs"),
    ] {
        let reply = app.get(&actor, "/classes/Game").await;
        assert_eq!((reply.status, reply.body), (403, unauthorized()));
    }
    assert_eq!(
        app.get(&Actor::default(), "/health").await.body,
        json!({"status": "ok"})
    );
}

#[tokio::test]
async fn a_body_carries_what_headers_would() {
    let app = TestApp::start().await;
    let nobody = Actor::default();
    let (id, _) = app.sign_up("tom").await;
    let session = app
        .post(&Actor::master(), "/loginAs", json!({"userId": id}))
        .await
        .body["sessionToken"]
        .clone();
    let body =
        json!({"_ApplicationId": APPLICATION_ID, "_SessionToken": session, "_method": "GET"});
    assert_eq!(
        app.post(&nobody, "/users/me", body).await.body["username"],
        "tom"
    );
    let strange = json!({"_ApplicationId": APPLICATION_ID, "_MasterKey": {"$ne": 1}});
    assert_eq!(
        app.post(&nobody, "/classes/Game", strange).await.status,
        403
    );
    let created = app
        .post(
            &nobody,
            "/classes/Game",
            json!({"_ApplicationId": APPLICATION_ID, "n": 1}),
        )
        .await;
    let found = app
        .get(
            &Actor::anonymous(),
            &format!("/classes/Game/{}", created.id()),
        )
        .await;
    assert_eq!(found.body.as_object().unwrap().len(), 4, "{found:?}");
}

#[tokio::test]
async fn one_client_key_of_several_is_enough() {
    let keys = [
        ("PARSE_SERVER_REST_API_KEY", "rest"),
        ("PARSE_SERVER_JAVASCRIPT_KEY", "script"),
    ];
    let app = TestApp::start_with(&keys).await;
    assert_eq!(
        app.get(&Actor::anonymous(), "/classes/Game").await.status,
        403
    );
    for (header, key, status) in [
        ("X-Parse-REST-API-Key", "rest", 200),
        ("X-Parse-Javascript-Key", "script", 200),
        ("X-Parse-REST-API-Key", "script", 403),
        ("X-Parse-Client-Key", "rest", 403),
        ("X-Parse-Master-Key", MASTER_KEY, 200),
    ] {
        let actor = Actor::anonymous().with(header, key);
        assert_eq!(
            app.get(&actor, "/classes/Game").await.status,
            status,
            "{header}: {key}"
        );
    }
}

#[tokio::test]
async fn the_master_key_counts_from_its_addresses_only() {
    let app = TestApp::start_with(&[("PARSE_SERVER_MASTER_KEY_IPS", "10.0.0.0/8")]).await;
    let reply = app.get(&Actor::master(), "/schemas").await;
    assert_eq!((reply.status, reply.body), (403, unauthorized()));
    let wrong = Actor::anonymous().with("X-Parse-Master-Key", "guess");
    assert_eq!(
        app.get(&wrong, "/schemas").await.body,
        json!({"error": "Permission denied"})
    );
}

#[tokio::test]
async fn the_reading_master_writes_nothing() {
    let app = TestApp::start_with(&[("PARSE_SERVER_READ_ONLY_MASTER_KEY", "look")]).await;
    let reader = Actor::anonymous().with("X-Parse-Master-Key", "look");
    let path = format!(
        "/classes/Game/{}",
        app.post(&Actor::master(), "/classes/Game", json!({"ACL": {}}))
            .await
            .id()
    );
    assert_eq!(app.get(&reader, &path).await.status, 200);
    assert_eq!(app.get(&reader, "/schemas").await.status, 200);
    let (id, _) = app.sign_up("tom").await;
    let hook = json!({"functionName": "f", "url": "https://hooks.example/f"});
    for reply in [
        app.post(&reader, "/classes/Game", json!({})).await,
        app.put(&reader, &path, json!({"n": 1})).await,
        app.delete(&reader, &path).await,
        app.post(&reader, "/schemas/New", json!({})).await,
        app.delete(&reader, "/purge/Game").await,
        app.post(&reader, "/loginAs", json!({"userId": id})).await,
        app.post(&reader, "/users", json!({"username": "x", "password": "y"}))
            .await,
        app.put(&reader, "/config", json!({"params": {"n": 1}}))
            .await,
        app.post(&reader, "/push", json!({"where": {}, "data": {}}))
            .await,
        app.post(&reader, "/jobs/sweep", json!({})).await,
        app.post(&reader, "/hooks/functions", hook).await,
        app.post(
            &reader,
            "/push_audiences",
            json!({"name": "all", "query": "{}"}),
        )
        .await,
    ] {
        reply.refuses(400, 119, "Permission denied");
    }
}

#[tokio::test]
async fn the_reading_master_runs_no_pipeline_that_writes() {
    let app = TestApp::start_with(&[("PARSE_SERVER_READ_ONLY_MASTER_KEY", "look")]).await;
    let reader = Actor::anonymous().with("X-Parse-Master-Key", "look");
    app.post(&Actor::master(), "/classes/Game", json!({"n": 1}))
        .await;
    let run = async |stage: Json| {
        let pipeline = json!({"_method": "GET", "pipeline": [{"$match": {"n": 1}}, stage]});
        app.post(&reader, "/aggregate/Game", pipeline).await
    };
    for (name, stage) in [
        ("$out", json!({"$out": "Copy"})),
        ("$merge", json!({"$merge": {"into": "Copy"}})),
        ("$facet", json!({"$facet": {"a": [{"$out": "Copy"}]}})),
        (
            "$addFields",
            json!({"$addFields": {"a": {"$function": {"body": "x", "args": [], "lang": "js"}}}}),
        ),
    ] {
        let refusal = format!("{name} cannot be run with the readOnlyMasterKey");
        run(stage).await.refuses(400, 102, &refusal);
    }
    let counted = run(json!({"$count": "n"})).await;
    assert_eq!(counted.body["results"][0]["n"], 1, "{counted:?}");
}

#[tokio::test]
async fn browsers_are_let_in() {
    let app = TestApp::start().await;
    let client = reqwest::Client::new();
    let url = app.url("/parse/classes/Game");
    let asked = client
        .request(Method::OPTIONS, &url)
        .header("Origin", "https://app.example")
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 200);
    assert_eq!(asked.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        asked.headers()["access-control-allow-methods"],
        "GET,PUT,POST,DELETE,OPTIONS"
    );
    let refused = client.get(&url).send().await.unwrap();
    assert_eq!(
        (
            refused.status().as_u16(),
            &refused.headers()["access-control-allow-origin"]
        ),
        (403, &"*".parse().unwrap())
    );
}

#[tokio::test]
async fn clients_create_classes_only_where_that_is_allowed() {
    let app = TestApp::start_with(&[("PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION", "false")]).await;
    let refused = app
        .post(&Actor::anonymous(), "/classes/Game", json!({"n": 1}))
        .await;
    refused.refuses(400, 119, "Permission denied");
    assert_eq!(
        app.post(&Actor::master(), "/classes/Game", json!({"n": 1}))
            .await
            .status,
        201
    );
    assert_eq!(
        app.post(&Actor::anonymous(), "/classes/Game", json!({"n": 1}))
            .await
            .status,
        201
    );
}
