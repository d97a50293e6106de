//! Ways around rate limits, the list of open routes and request ids, tried: sub-requests, spellings of routes, methods in
//! bodies, ids used twice.

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

const LIMITS: &str = r#"[{"requestPath": "/login", "requestTimeWindow": 60000, "requestCount": 3, "includeInternalRequests": true},
    {"requestPath": "/users/me", "requestTimeWindow": 60000, "requestCount": 1, "includeInternalRequests": true}]"#;

fn batch(method: &str, path: &str) -> Json {
    json!({"requests": [{"method": method, "path": path, "body": {"username": "tom", "password": "guess"}}]})
}

#[tokio::test]
async fn a_limit_counts_however_a_route_is_written() {
    let app = TestApp::start_with(&[("PARSE_SERVER_RATE_LIMIT", LIMITS)]).await;
    let anyone = Actor::anonymous();
    let guess = json!({"username": "tom", "password": "guess"});
    let as_get = json!({"username": "tom", "password": "guess", "_method": "GET"});
    app.post(&anyone, "/LOGIN/", guess.clone()).await;
    app.post(&anyone, "/login", as_get).await;
    app.post(&anyone, "/batch", batch("POST", "/parse/x/../login"))
        .await;
    let refused = json!({"code": 100, "error": "Too many requests."});
    for path in ["/login", "/Login", "/login/", "//login", "/login?x=1"] {
        let reply = app.post(&anyone, path, guess.clone()).await;
        assert_eq!((reply.status, &reply.body), (429, &refused), "{path}");
    }
    for path in [
        "/parse/login",
        "/parse//login",
        "/parse/LOGIN/",
        "/parse/./login",
    ] {
        let reply = app.post(&anyone, "/batch", batch("POST", path)).await;
        assert_eq!((reply.status, &reply.body), (400, &refused), "{path}");
    }
    for path in ["/%6cogin", "/login%2F", "/%6Cogin/"] {
        let reply = app.post(&anyone, path, guess.clone()).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_encoded_name_is_no_way_around_a_limit() {
    let app = TestApp::start_with(&[("PARSE_SERVER_RATE_LIMIT", LIMITS)]).await;
    let (_, tom) = app.sign_up("tom").await;
    assert_eq!(app.get(&tom, "/users/me").await.status, 200);
    assert_eq!(app.get(&tom, "/users/me").await.status, 429);
    app.get(&tom, "/users/%6de")
        .await
        .refuses(404, 101, "Object not found.");
}

#[tokio::test]
async fn a_limit_of_one_method_counts_what_the_body_says() {
    let limit = r#"[{"requestPath": "/classes/Game", "requestTimeWindow": 60000, "requestCount": 2, "requestMethods": ["GET"],
        "includeInternalRequests": true}]"#;
    let app = TestApp::start_with(&[("PARSE_SERVER_RATE_LIMIT", limit)]).await;
    let anyone = Actor::anonymous();
    let status = async || app.find(&anyone, "Game", json!({})).await.status;
    assert_eq!(
        [status().await, status().await, status().await],
        [200, 200, 429]
    );
    let created = app.post(&anyone, "/classes/Game", json!({"n": 1})).await;
    assert_eq!(created.status, 201, "{created:?}");
}

#[tokio::test]
async fn more_sessions_are_no_more_budget() {
    let limit = r#"[{"requestPath": "/classes/Game", "requestTimeWindow": 60000, "requestCount": 2, "zone": "user",
        "includeInternalRequests": true}]"#;
    let app = TestApp::start_with(&[("PARSE_SERVER_RATE_LIMIT", limit)]).await;
    let (_, tom) = app.sign_up("tom").await;
    let login = json!({"username": "tom", "password": "tuna"});
    let again = app.post(&Actor::anonymous(), "/login", login).await;
    let again = Actor::user(again.body["sessionToken"].as_str().unwrap());
    let made_up = |number: u8| Actor::user(&format!("r:{number:032x}"));
    for (asker, status) in [
        (&tom, 200),
        (&again, 200),
        (&tom, 429),
        (&again, 429),
        (&made_up(1), 400),
        (&made_up(2), 400),
        (&made_up(3), 429),
    ] {
        let reply = app.get(asker, "/classes/Game").await;
        assert_eq!(reply.status, status, "{asker:?}: {reply:?}");
    }
}

#[tokio::test]
async fn nobody_says_itself_where_it_comes_from() {
    let app = TestApp::start_with(&[
        ("PARSE_SERVER_RATE_LIMIT", LIMITS),
        ("PARSE_SERVER_MASTER_KEY_IPS", "10.0.0.0/8"),
    ])
    .await;
    let from = |actor: Actor, address: &str| actor.with("X-Forwarded-For", address);
    let guess = json!({"username": "tom", "password": "guess"});
    for (address, status) in [
        ("10.0.0.1", 404),
        ("10.0.0.2", 404),
        ("10.0.0.3, 10.0.0.4", 404),
        ("10.0.0.5", 429),
    ] {
        let guesser = from(Actor::anonymous(), address);
        let reply = app.post(&guesser, "/login", guess.clone()).await;
        assert_eq!(reply.status, status, "{address}: {reply:?}");
    }
    let near = from(Actor::master(), "10.0.0.1");
    assert_eq!(app.get(&near, "/schemas").await.status, 403);
}

#[tokio::test]
async fn closed_routes_stay_closed_in_batches_and_disguise() {
    let list = [("PARSE_SERVER_ROUTE_ALLOW_LIST", "classes/Open.*,batch")];
    let app = TestApp::start_with(&list).await;
    let anyone = Actor::anonymous();
    for path in [
        "/classes/Closed",
        "/Classes/Closed/",
        "//classes/Closed",
        "/classes/%43losed",
        "/classes/Closed?a=classes/Open",
    ] {
        app.get(&anyone, path)
            .await
            .refuses(400, 119, "Permission denied");
    }
    for path in [
        "/parse/classes/Closed",
        "/parse/classes/Open/../Closed",
        "/parse//classes//Closed/",
        "/parse/classes/%4fpen",
    ] {
        let reply = app.post(&anyone, "/batch", batch("GET", path)).await;
        reply.refuses(400, 119, "Permission denied");
    }
    let hidden = json!({"_method": "GET"});
    app.post(&anyone, "/classes/Closed", hidden)
        .await
        .refuses(400, 119, "Permission denied");
    assert_eq!(app.get(&anyone, "/classes/Open").await.status, 200);
}

#[tokio::test]
async fn of_many_requests_with_one_id_one_is_done() {
    let app =
        TestApp::start_with(&[("PARSE_SERVER_EXPERIMENTAL_IDEMPOTENCY_PATHS", "classes/.*")]).await;
    let once = Actor::anonymous().with("X-Parse-Request-Id", "one");
    let requests = (0..8).map(|_| app.post(&once, "/classes/Game", json!({"n": 1})));
    let replies = futures_util::future::join_all(requests).await;
    let done = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(done, 1, "{replies:?}");
    let refused = replies.iter().find(|reply| reply.status != 201).unwrap();
    refused.refuses(400, 159, "Duplicate request");
    app.advance(chrono::TimeDelta::seconds(301));
    assert_eq!(
        app.post(&once, "/classes/Game", json!({"n": 1}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn credentials_of_wrong_kinds_open_nothing() {
    let app = TestApp::start().await;
    let nobody = Actor::default();
    for wrong in [
        json!({"$ne": 1}),
        json!(["nine-lives"]),
        json!(7),
        json!(true),
    ] {
        for name in [
            "_MasterKey",
            "_SessionToken",
            "_InstallationId",
            "_ContentType",
        ] {
            let body = json!({"_ApplicationId": "cats", name: wrong, "_method": "GET"});
            let reply = app.post(&nobody, "/schemas", body).await;
            assert_eq!(
                (reply.status, reply.body),
                (403, json!({"error": "unauthorized"})),
                "{name}: {wrong}"
            );
        }
    }
}
