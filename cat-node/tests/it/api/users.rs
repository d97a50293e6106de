//! Users: sign-up, log-in, sessions, changes of themselves, and their end.

use chrono::TimeDelta;
use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn a_cat_signs_up_and_is_itself() {
    let app = TestApp::start().await;
    let body =
        json!({"username": "tom", "password": "tuna", "email": "tom@cats.example", "lives": 9});
    let reply = app.post(&Actor::anonymous(), "/users", body).await;
    assert_eq!(reply.status, 201);
    let token = reply.body["sessionToken"].as_str().unwrap();
    assert!(token.starts_with("r:") && token.len() == 34, "{token}");
    let me = app.get(&Actor::user(token), "/users/me").await;
    assert_eq!(
        (&me.body["username"], &me.body["email"], &me.body["lives"]),
        (&json!("tom"), &json!("tom@cats.example"), &json!(9))
    );
    assert_eq!(
        me.body["ACL"],
        json!({reply.id(): {"read": true, "write": true}})
    );
    assert!(me.body.get("password").is_none() && me.body.get("_hashed_password").is_none());
}

#[tokio::test]
async fn bad_sign_ups_are_refused_in_known_words() {
    let app = TestApp::start().await;
    let cat = json!({"username": "tom", "password": "tuna", "email": "tom@cats.example"});
    assert_eq!(
        app.post(&Actor::anonymous(), "/users", cat).await.status,
        201
    );
    for (body, code, error) in [
        (json!({"password": "x"}), 200, "bad or missing username"),
        (
            json!({"username": 1, "password": "x"}),
            200,
            "bad or missing username",
        ),
        (json!({"username": "x"}), 201, "password is required"),
        (
            json!({"username": "x", "password": "x", "email": "bad"}),
            125,
            "Email address format is invalid.",
        ),
        (
            json!({"username": "tom", "password": "x"}),
            202,
            "Account already exists for this username.",
        ),
        (
            json!({"username": "TOM", "password": "x"}),
            202,
            "Account already exists for this username.",
        ),
        (
            json!({"username": "tim", "password": "x", "email": "Tom@Cats.example"}),
            203,
            "Account already exists for this email address.",
        ),
        (
            json!({"username": "x", "password": "x", "emailVerified": true}),
            119,
            "Permission denied",
        ),
    ] {
        app.post(&Actor::anonymous(), "/users", body)
            .await
            .refuses(400, code, error);
    }
    let all = app
        .find(&Actor::master(), "_User", json!({"count": 1, "limit": 0}))
        .await;
    assert_eq!(all.body["count"], 1);
}

#[tokio::test]
async fn concurrent_sign_ups_of_one_name_give_one_user() {
    let app = TestApp::start().await;
    let body = json!({"username": "tom", "password": "tuna"});
    let anyone = Actor::anonymous();
    let sign_ups: Vec<_> = (0..8)
        .map(|_| app.post(&anyone, "/users", body.clone()))
        .collect();
    let replies = futures_util::future::join_all(sign_ups).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 201).count(),
        1
    );
    assert!(
        replies
            .iter()
            .all(|reply| reply.status == 201 || reply.body["code"] == 202)
    );
}

#[tokio::test]
async fn a_cat_logs_in_by_name_or_address() {
    let app = TestApp::start().await;
    let cat = json!({"username": "tom", "password": "tuna", "email": "tom@cats.example"});
    app.post(&Actor::anonymous(), "/users", cat).await;
    for body in [
        json!({"username": "tom", "password": "tuna"}),
        json!({"email": "tom@cats.example", "password": "tuna"}),
        json!({"username": "tom@cats.example", "password": "tuna"}),
    ] {
        assert_eq!(
            app.post(&Actor::anonymous(), "/login", body).await.status,
            200
        );
    }
    let query = app
        .get(&Actor::anonymous(), "/login?username=tom&password=tuna")
        .await;
    assert_eq!(query.body["username"], "tom");
    for body in [
        json!({"username": "tom", "password": "wrong"}),
        json!({"username": "nobody", "password": "tuna"}),
        json!({"username": {"$ne": 1}, "password": "tuna"}),
        json!({"username": "tom", "password": 1}),
    ] {
        app.post(&Actor::anonymous(), "/login", body).await.refuses(
            404,
            101,
            "Invalid username/password.",
        );
    }
    let nameless = app
        .post(&Actor::anonymous(), "/login", json!({"password": "x"}))
        .await;
    nameless.refuses(400, 200, "username/email is required.");
}

#[tokio::test]
async fn a_log_out_ends_the_session_at_once() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    assert_eq!(app.get(&tom, "/users/me").await.status, 200);
    assert_eq!(app.post(&tom, "/logout", json!({})).await.status, 200);
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Invalid session token");
    app.get(&tom, "/classes/Game")
        .await
        .refuses(400, 209, "Invalid session token");
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let app = TestApp::start_with(&[("PARSE_SERVER_SESSION_LENGTH", "60")]).await;
    let (_, tom) = app.sign_up("tom").await;
    app.advance(TimeDelta::seconds(59));
    assert_eq!(app.get(&tom, "/users/me").await.status, 200);
    app.advance(TimeDelta::seconds(6));
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Session token is expired.");
}

#[tokio::test]
async fn a_new_password_ends_the_old_sessions() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    let reply = app
        .put(&tom, &format!("/users/{id}"), json!({"password": "salmon"}))
        .await;
    let new = Actor::user(reply.body["sessionToken"].as_str().unwrap());
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Invalid session token");
    assert_eq!(app.get(&new, "/users/me").await.status, 200);
    let log_in = |password: &str| json!({"username": "tom", "password": password});
    assert_eq!(
        app.post(&Actor::anonymous(), "/login", log_in("salmon"))
            .await
            .status,
        200
    );
    assert_eq!(
        app.post(&Actor::anonymous(), "/login", log_in("tuna"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn nobody_changes_or_deletes_another() {
    let app = TestApp::start().await;
    let (tom_id, tom) = app.sign_up("tom").await;
    let (_, kit) = app.sign_up("kit").await;
    let path = format!("/users/{tom_id}");
    app.put(&kit, &path, json!({"lives": 0}))
        .await
        .refuses(400, 206, "Permission denied");
    app.delete(&kit, &path)
        .await
        .refuses(400, 206, "Permission denied");
    app.delete(&Actor::anonymous(), &path).await.refuses(
        400,
        206,
        "Insufficient auth to delete user",
    );
    app.get(&kit, &path)
        .await
        .refuses(404, 101, "Object not found.");
    assert_eq!(app.delete(&tom, &path).await.status, 200);
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Invalid session token");
}

#[tokio::test]
async fn a_cat_sees_and_ends_its_own_sessions_only() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    let (_, kit) = app.sign_up("kit").await;
    let own = app.get(&tom, "/sessions").await;
    assert_eq!(own.body["results"].as_array().map(Vec::len), Some(1));
    let id = app.get(&tom, "/sessions/me").await.id();
    app.delete(&kit, &format!("/sessions/{id}")).await.refuses(
        404,
        101,
        "Object not found for delete.",
    );
    let rewritten = app
        .put(
            &tom,
            &format!("/sessions/{id}"),
            json!({"sessionToken": "r:x"}),
        )
        .await;
    rewritten.refuses(400, 105, "Invalid key name: sessionToken");
    app.get(&Actor::anonymous(), "/sessions")
        .await
        .refuses(400, 209, "Permission denied");
    assert_eq!(
        app.delete(&tom, &format!("/sessions/{id}")).await.status,
        200
    );
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Invalid session token");
}

#[tokio::test]
async fn a_session_that_is_used_goes_on() {
    let app = TestApp::start_with(&[
        ("PARSE_SERVER_SESSION_LENGTH", "100"),
        ("PARSE_SERVER_EXTEND_SESSION_ON_USE", "true"),
    ])
    .await;
    let (_, tom) = app.sign_up("tom").await;
    for seconds in [49, 50, 99, 60] {
        app.advance(TimeDelta::seconds(seconds));
        assert_eq!(app.get(&tom, "/users/me").await.status, 200, "{seconds}");
    }
    app.advance(TimeDelta::seconds(101));
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Session token is expired.");
}

#[tokio::test]
async fn a_remembered_session_ends_on_time() {
    let app = TestApp::start_with(&[("PARSE_SERVER_SESSION_LENGTH", "60")]).await;
    let (_, tom) = app.sign_up("tom").await;
    app.advance(TimeDelta::seconds(58));
    assert_eq!(app.get(&tom, "/users/me").await.status, 200);
    app.advance(TimeDelta::seconds(2));
    app.get(&tom, "/users/me")
        .await
        .refuses(400, 209, "Session token is expired.");
}

#[tokio::test]
async fn who_may_not_create_users_does_not_learn_which_there_are() {
    let app = TestApp::start().await;
    app.sign_up("tom").await;
    let closed = json!({"classLevelPermissions": {"find": {}, "get": {"*": true}, "create": {},
        "update": {"*": true}, "delete": {}, "addField": {}}});
    let reply = app.put(&Actor::master(), "/schemas/_User", closed).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    for body in [
        json!({"username": "tom", "password": "x"}),
        json!({"username": "kit", "password": "x"}),
        json!({"username": "kit", "password": "x", "email": "bad"}),
        json!({"authData": {"anonymous": {"id": "1"}}}),
    ] {
        app.post(&Actor::anonymous(), "/users", body)
            .await
            .refuses(400, 119, "Permission denied");
    }
}

#[tokio::test]
async fn concurrent_sign_ups_of_one_identity_give_one_user() {
    let app = TestApp::start().await;
    let body = json!({"authData": {"anonymous": {"id": "one"}}});
    let anyone = Actor::anonymous();
    let sign_ups = (0..8).map(|_| app.post(&anyone, "/users", body.clone()));
    let replies = futures_util::future::join_all(sign_ups).await;
    let new = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(new, 1, "{replies:?}");
    let is_expected = |status: u16, code: &serde_json::Value| status != 400 || *code == 208;
    assert!(
        replies
            .iter()
            .all(|reply| is_expected(reply.status, &reply.body["code"]))
    );
    let all = app
        .find(&Actor::master(), "_User", json!({"count": 1, "limit": 0}))
        .await;
    assert_eq!(all.body["count"], 1);
}

#[tokio::test]
async fn a_cat_without_a_password_is_not_let_in_by_one() {
    let app = TestApp::start().await;
    let body = json!({"username": "ghost", "authData": {"anonymous": {"id": "1"}}});
    assert_eq!(
        app.post(&Actor::anonymous(), "/users", body).await.status,
        201
    );
    for password in ["x", "null", "undefined"] {
        let login = json!({"username": "ghost", "password": password});
        app.post(&Actor::anonymous(), "/login", login)
            .await
            .refuses(404, 101, "Invalid username/password.");
    }
}
