//! The second factor: an authenticator app with recovery codes, messages by webhook, and races for what is good once.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};

use super::provider::Provider;
use crate::api::{Actor, Reply, TestApp};
use crate::one_time_password;

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const OTHER: &str = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";

async fn start(options: Json) -> TestApp {
    let auth = json!({"mfa": options}).to_string();
    TestApp::start_with(&[("PARSE_SERVER_AUTH_PROVIDERS", &auth)]).await
}

async fn with_totp() -> TestApp {
    start(json!({"enabled": true, "options": ["TOTP"]})).await
}

fn shown(app: &TestApp, secret: &str) -> String {
    one_time_password::shown(secret, app.now())
}

/// Tom, with a second factor: its path, tom, and the recovery codes.
async fn set_up(app: &TestApp) -> (String, Actor, Vec<String>) {
    let (id, tom) = app.sign_up("tom").await;
    let path = format!("/users/{id}");
    let data = json!({"secret": SECRET, "token": shown(app, SECRET)});
    let reply = app
        .put(&tom, &path, json!({"authData": {"mfa": data}}))
        .await;
    let codes = reply.body["authDataResponse"]["mfa"]["recovery"].as_str();
    let codes = codes.unwrap_or_else(|| panic!("{reply:?}")).split(", ");
    let codes: Vec<String> = codes.map(str::to_owned).collect();
    assert_eq!(codes.iter().map(String::len).collect::<Vec<_>>(), [30, 30]);
    (path, tom, codes)
}

async fn log_in(app: &TestApp, mfa: Json) -> Reply {
    let mut body = json!({"username": "tom", "password": "tuna"});
    if !mfa.is_null() {
        body["authData"] = json!({"mfa": mfa});
    }
    app.post(&Actor::anonymous(), "/login", body).await
}

#[tokio::test]
async fn a_cat_needs_what_its_app_shows() {
    let app = with_totp().await;
    let (path, tom, _) = set_up(&app).await;
    log_in(&app, Json::Null)
        .await
        .refuses(400, -1, "Missing additional authData mfa");
    log_in(&app, json!({"token": "nonsense"}))
        .await
        .refuses(400, 141, "Invalid MFA token");
    let good = log_in(&app, json!({"token": shown(&app, SECRET)})).await;
    assert_eq!(
        (good.status, &good.body["authData"]),
        (200, &json!({"mfa": {"status": "enabled"}}))
    );
    let late = shown(&app, SECRET);
    app.advance(TimeDelta::seconds(30));
    assert_eq!(
        log_in(&app, json!({"token": late})).await.status,
        200,
        "clocks differ"
    );
    app.advance(TimeDelta::seconds(60));
    log_in(&app, json!({"token": late}))
        .await
        .refuses(400, 141, "Invalid MFA token");
    for actor in [
        &tom,
        &Actor::user(good.body["sessionToken"].as_str().unwrap()),
    ] {
        let seen = app.get(actor, &path).await;
        assert_eq!(seen.body["authData"], json!({"mfa": {"status": "enabled"}}));
    }
}

#[tokio::test]
async fn the_secret_is_changed_and_removed_by_who_has_it() {
    let app = with_totp().await;
    let (path, tom, codes) = set_up(&app).await;
    let change = |old: Json| {
        let data = json!({"secret": OTHER, "token": shown(&app, OTHER), "old": old});
        json!({"authData": {"mfa": data}})
    };
    for wrong in [Json::Null, json!("000000"), json!({"$ne": 1})] {
        let refusal = app.put(&tom, &path, change(wrong)).await;
        refusal.refuses(400, 141, "Invalid MFA token");
    }
    let changed = app
        .put(&tom, &path, change(json!(shown(&app, SECRET))))
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    log_in(&app, json!({"token": shown(&app, SECRET)}))
        .await
        .refuses(400, 141, "Invalid MFA token");
    log_in(&app, json!({"token": codes[0]}))
        .await
        .refuses(400, 141, "Invalid MFA token");
    assert_eq!(
        log_in(&app, json!({"token": shown(&app, OTHER)}))
            .await
            .status,
        200
    );
    let removed = app
        .put(&tom, &path, json!({"authData": {"mfa": null}}))
        .await;
    assert_eq!(removed.status, 200, "{removed:?}");
    assert_eq!(log_in(&app, Json::Null).await.status, 200);
}

#[tokio::test]
async fn one_recovery_code_lets_in_one_of_many_at_once() {
    let app = with_totp().await;
    let (path, _, codes) = set_up(&app).await;
    let replies = join_all((0..8).map(|_| log_in(&app, json!({"token": codes[0]})))).await;
    let let_in = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(let_in, 1, "{replies:?}");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (400, &json!(141)),
            "{reply:?}"
        );
    }
    let kept = app.get(&Actor::master(), &path).await;
    assert_eq!(kept.body["authData"]["mfa"]["recovery"], json!([codes[1]]));
    let where_user = json!({"where": {"user": {"__type": "Pointer", "className": "_User",
        "objectId": path.rsplit('/').next()}}, "count": 1, "limit": 0});
    let sessions = app.find(&Actor::master(), "_Session", where_user).await;
    assert_eq!(sessions.body["count"], 2, "the sign-up's and one more");
}

#[tokio::test]
async fn a_password_is_good_once_where_the_settings_say_so() {
    let app = start(json!({"enabled": true, "options": ["TOTP"], "singleUse": true})).await;
    set_up(&app).await;
    let token = shown(&app, SECRET);
    let replies = join_all((0..6).map(|_| log_in(&app, json!({"token": token})))).await;
    let let_in = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(let_in, 1, "{replies:?}");
    log_in(&app, json!({"token": token}))
        .await
        .refuses(400, 141, "Invalid MFA token");
    app.advance(TimeDelta::seconds(30));
    assert_eq!(
        log_in(&app, json!({"token": shown(&app, SECRET)}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_wrong_password_tells_nothing_of_the_second_factor() {
    let app = with_totp().await;
    let (path, _, codes) = set_up(&app).await;
    let body =
        json!({"username": "tom", "password": "no", "authData": {"mfa": {"token": codes[0]}}});
    let refusal = app.post(&Actor::anonymous(), "/login", body).await;
    refusal.refuses(404, 101, "Invalid username/password.");
    let kept = app.get(&Actor::master(), &path).await;
    assert_eq!(
        kept.body["authData"]["mfa"]["recovery"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn the_secret_is_no_oracle() {
    let app = with_totp().await;
    let (path, tom, _) = set_up(&app).await;
    app.put(&tom, &path, json!({"ACL": {"*": {"read": true}}}))
        .await;
    let (_, kit) = app.sign_up("kit").await;
    for filter in [
        json!({"authData.mfa.secret": {"$regex": "^J"}}),
        json!({"authData.mfa.secret": SECRET}),
        json!({"authData.mfa.recovery": {"$exists": true}}),
        json!({"$or": [{"authData.mfa.secret": {"$gt": "A"}}]}),
    ] {
        for actor in [&kit, &Actor::anonymous()] {
            let reply = app.find(actor, "_User", json!({"where": filter})).await;
            let found = reply.body["results"].as_array().map_or(0, Vec::len);
            assert_eq!(found, 0, "{filter}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn messages_bring_passwords() {
    let provider = Provider::start();
    provider.answer("/sms", &json!({}));
    let hook = json!({"webhook": format!("{}/sms", provider.url), "key": "hush"});
    let options =
        json!({"enabled": true, "options": ["SMS"], "sendSMS": hook, "digits": 8, "period": 60});
    let app = start(options).await;
    let sent = || -> String {
        let asked = provider.asked("/sms").pop().unwrap();
        assert_eq!(asked.headers["x-parse-webhook-key"], "hush");
        let body: Json = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["mobile"], "+15550001");
        body["token"].as_str().unwrap().to_owned()
    };
    let (id, tom) = app.sign_up("tom").await;
    let path = format!("/users/{id}");
    let mfa = |data: Json| json!({"authData": {"mfa": data}});
    let odd = app
        .put(&tom, &path, mfa(json!({"mobile": "not a number"})))
        .await;
    odd.refuses(400, 141, "Invalid mobile number.");
    let pending = app
        .put(&tom, &path, mfa(json!({"mobile": "+15550001"})))
        .await;
    assert_eq!(pending.status, 200, "{pending:?}");
    assert_eq!(
        log_in(&app, Json::Null).await.status,
        200,
        "a pending number locks nobody out"
    );

    let confirm = |token: &str| mfa(json!({"mobile": "+15550001", "token": token}));
    app.put(&tom, &path, confirm("00000000"))
        .await
        .refuses(400, 141, "Invalid MFA token");
    let token = sent();
    assert_eq!(token.len(), 8);
    let confirmed = app.put(&tom, &path, confirm(&token)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");

    log_in(&app, Json::Null)
        .await
        .refuses(400, -1, "Missing additional authData mfa");
    log_in(&app, json!({"token": token}))
        .await
        .refuses(400, 141, "Invalid MFA token 1");
    log_in(&app, json!({"token": "request"}))
        .await
        .refuses(400, 141, "Please enter the token");
    let token = sent();
    let replies = join_all((0..6).map(|_| log_in(&app, json!({"token": token})))).await;
    let let_in = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(let_in, 1, "{replies:?}");
    log_in(&app, json!({"token": "request"}))
        .await
        .refuses(400, 141, "Please enter the token");
    app.advance(TimeDelta::seconds(61));
    log_in(&app, json!({"token": sent()}))
        .await
        .refuses(400, 141, "Invalid MFA token 2");
}
