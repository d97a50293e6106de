//! Codes of providers, exchanged with the app's own secret: every provider of the table.

use serde_json::{Value as Json, json};

use super::provider::Provider;
use crate::api::{Actor, Reply, TestApp};

/// What a provider is asked and answers for user `u1`.
struct Way {
    provider: &'static str,
    token_path: &'static str,
    token: Json,
    profile_path: &'static str,
    profile: Json,
    /// What the client brings beside the code.
    extra: Json,
    /// The field of `profile` that says whose it is.
    subject: &'static str,
}

fn way(
    provider: &'static str,
    paths: [&'static str; 2],
    profile: Json,
    subject: &'static str,
) -> Way {
    Way {
        provider,
        token_path: paths[0],
        token: json!({"access_token": "at-1"}),
        profile_path: paths[1],
        profile,
        extra: json!({"redirect_uri": "https://app.example/back"}),
        subject,
    }
}

fn ways() -> Vec<Way> {
    let mut ways = plain_ways();
    ways.extend(odd_ways());
    ways
}

fn plain_ways() -> Vec<Way> {
    let id = || json!({"id": "11"});
    let github = json!({"id": 11, "login": "tom"});
    let github_paths = ["/login/oauth/access_token", "/user"];
    let microsoft_paths = ["/common/oauth2/v2.0/token", "/v1.0/me"];
    let line = json!({"userId": "11"});
    vec![
        way("github", github_paths, github, "id"),
        way("instagram", ["/oauth/access_token", "/me"], id(), "id"),
        way(
            "line",
            ["/oauth2/v2.1/token", "/v2/profile"],
            line,
            "userId",
        ),
        way("linkedin", ["/oauth/v2/accessToken", "/v2/me"], id(), "id"),
        way("microsoft", microsoft_paths, id(), "id"),
    ]
}

fn odd_ways() -> Vec<Way> {
    let games_paths = ["/token", "/games/v1/players/11"];
    let games = json!({"playerId": "11"});
    let qq = json!({"client_id": "app", "openid": "11"});
    let spotify = json!({"redirect_uri": "https://app.example/back", "code_verifier": "v"});
    let wechat_paths = ["/sns/oauth2/access_token", "/sns/auth"];
    let wechat = json!({"errcode": 0, "errmsg": "ok"});
    let weibo_paths = ["/oauth2/access_token", "/oauth2/get_token_info"];
    let weibo = json!({"uid": 11, "appkey": "app"});
    vec![
        Way {
            extra: json!({"id": "11"}),
            ..way("gpgames", games_paths, games, "playerId")
        },
        way("qq", ["/oauth2.0/token", "/oauth2.0/me"], qq, "openid"),
        Way {
            extra: spotify,
            ..way(
                "spotify",
                ["/api/token", "/v1/me"],
                json!({"id": "11"}),
                "id",
            )
        },
        Way {
            token: json!({"access_token": "at-1", "openid": "11"}),
            ..way("wechat", wechat_paths, wechat, "errcode")
        },
        way("weibo", weibo_paths, weibo, "uid"),
    ]
}

async fn start() -> (TestApp, Provider) {
    let provider = Provider::start();
    let options = json!({"clientId": "app", "clientSecret": "hush", "baseUrl": provider.url});
    let mut auth = json!({});
    for way in ways() {
        provider.answer(way.token_path, &way.token);
        provider.answer(way.profile_path, &way.profile);
        auth[way.provider] = options.clone();
    }
    let app = TestApp::start_with(&[("PARSE_SERVER_AUTH_PROVIDERS", &auth.to_string())]).await;
    (app, provider)
}

fn data(way: &Way, code: &str) -> Json {
    let mut data = way.extra.clone();
    data["code"] = json!(code);
    json!({(way.provider): data})
}

async fn sign_up_with(app: &TestApp, auth_data: Json) -> Reply {
    let body = json!({"authData": auth_data});
    app.post(&Actor::anonymous(), "/users", body).await
}

#[tokio::test]
async fn a_code_lets_its_user_in() {
    let (app, provider) = start().await;
    for way in ways() {
        let name = way.provider;
        let first = sign_up_with(&app, data(&way, "c-1")).await;
        assert_eq!(first.status, 201, "{name}: {first:?}");
        let again = sign_up_with(&app, data(&way, "c-2")).await;
        assert_eq!((again.status, again.id()), (200, first.id()), "{name}");
        let user = Actor::user(first.body["sessionToken"].as_str().unwrap());
        let me = app.get(&user, "/users/me").await;
        assert_eq!(me.body["authData"], json!({name: {"id": "11"}}), "{name}");

        let asked = provider.asked(way.token_path);
        let said = format!("{}{}", asked[0].query, asked[0].body);
        assert!(said.contains("c-1"), "{name} was told the code: {said}");
        // Spotify's flow has a verifier in place of the secret.
        assert_eq!(said.contains("hush"), name != "spotify", "{name}: {said}");
        let shown = provider.asked(way.profile_path);
        let shown = format!("{}{}{:?}", shown[0].query, shown[0].body, shown[0].headers);
        assert!(
            shown.contains("at-1"),
            "{name} was shown the token: {shown}"
        );
    }
}

#[tokio::test]
async fn a_client_does_not_say_who_it_is() {
    let (app, _provider) = start().await;
    for way in ways().iter().filter(|way| way.provider != "wechat") {
        let mut claimed = data(way, "c-1");
        claimed[way.provider]["id"] = json!("somebody else");
        let refusal = sign_up_with(&app, claimed).await;
        assert!(
            matches!(refusal.body["code"].as_i64(), Some(101 | 142)),
            "{}: {refusal:?}",
            way.provider
        );
        for bare in [
            json!({"id": "11"}),
            json!({"id": "11", "access_token": "at-1"}),
        ] {
            let refusal = sign_up_with(&app, json!({(way.provider): bare})).await;
            assert_eq!(refusal.body["code"], 142, "{}: {refusal:?}", way.provider);
        }
    }
    // WeChat's id comes with the token, whatever the client claims.
    let wechat = json!({"wechat": {"id": "somebody else", "code": "c-1"}});
    let user = sign_up_with(&app, wechat).await;
    let user = app
        .get(&Actor::master(), &format!("/users/{}", user.id()))
        .await;
    assert_eq!(user.body["authData"]["wechat"]["id"], "11");
}

#[tokio::test]
async fn a_linked_code_is_exchanged_as_well() {
    let (app, _provider) = start().await;
    let (id, tom) = app.sign_up("tom").await;
    let path = format!("/users/{id}");
    for way in ways() {
        let bare = json!({"authData": {(way.provider): {"id": "12", "access_token": "x"}}});
        assert_eq!(
            app.put(&tom, &path, bare).await.status,
            400,
            "{}",
            way.provider
        );
        let linked = app
            .put(&tom, &path, json!({"authData": data(&way, "c")}))
            .await;
        assert_eq!(linked.status, 200, "{}: {linked:?}", way.provider);
    }
    // Nor does a log-in with a password link what nobody vouches for.
    let (_, _) = app.sign_up("kit").await;
    let login =
        json!({"username": "kit", "password": "tuna", "authData": {"github": {"id": "99"}}});
    app.post(&Actor::anonymous(), "/login", login)
        .await
        .refuses(400, 142, "GitHub code is required.");
}

#[tokio::test]
async fn what_a_provider_refuses_is_refused() {
    let (app, provider) = start().await;
    for way in ways() {
        provider.answer_with(way.token_path, 403, "{}");
        let refusal = sign_up_with(&app, data(&way, "c")).await;
        assert!(
            matches!(refusal.status, 400 | 404),
            "{}: {refusal:?}",
            way.provider
        );
        provider.answer(
            way.token_path,
            &json!({"error": "bad_code", "errcode": 40029}),
        );
        let refusal = sign_up_with(&app, data(&way, "c")).await;
        assert!(
            matches!(refusal.status, 400 | 404),
            "{}: {refusal:?}",
            way.provider
        );
        provider.answer(way.token_path, &way.token);
        for nonsense in ["{}", "[]", "", "<html>"] {
            if way.provider == "wechat" && nonsense == "{}" {
                continue;
            }
            provider.answer_with(way.profile_path, 200, nonsense);
            let refusal = sign_up_with(&app, data(&way, "c")).await;
            assert!(
                matches!(refusal.status, 400 | 404),
                "{} {nonsense:?}: {refusal:?}",
                way.provider
            );
        }
        let mut empty = way.profile.clone();
        empty[way.subject] = json!(null);
        provider.answer(way.profile_path, &empty);
        let refusal = sign_up_with(&app, data(&way, "c")).await;
        assert!(
            matches!(refusal.status, 400 | 404),
            "{}: {refusal:?}",
            way.provider
        );
    }
}

#[tokio::test]
async fn the_words_are_the_ones_that_apps_know() {
    let (app, provider) = start().await;
    let github = json!({"github": {"code": "c"}});
    provider.answer_with("/login/oauth/access_token", 401, "{}");
    let refusal = sign_up_with(&app, github.clone()).await;
    refusal.refuses(400, 142, "Failed to exchange code for token: Unauthorized");
    let error =
        json!({"error": "bad_verification_code", "error_description": "The code is wrong."});
    provider.answer("/login/oauth/access_token", &error);
    sign_up_with(&app, github.clone())
        .await
        .refuses(404, 101, "The code is wrong.");
    provider.answer("/login/oauth/access_token", &json!({"access_token": "t"}));
    provider.answer_with("/user", 403, "{}");
    let refusal = sign_up_with(&app, github.clone()).await;
    refusal.refuses(400, 142, "Failed to fetch GitHub user: Forbidden");
    provider.answer("/user", &json!({"id": 1}));
    let refusal = sign_up_with(&app, github).await;
    refusal.refuses(400, 142, "Invalid GitHub user data received.");
}

#[tokio::test]
async fn an_app_of_somebody_else_lets_nobody_in() {
    let (app, provider) = start().await;
    provider.answer(
        "/oauth2.0/me",
        &json!({"client_id": "other", "openid": "11"}),
    );
    provider.answer(
        "/oauth2/get_token_info",
        &json!({"uid": 11, "appkey": "other"}),
    );
    for way in ways()
        .iter()
        .filter(|way| ["qq", "weibo"].contains(&way.provider))
    {
        assert_eq!(
            sign_up_with(&app, data(way, "c")).await.status,
            404,
            "{}",
            way.provider
        );
    }
}

#[tokio::test]
async fn answers_are_bounded() {
    let (app, provider) = start().await;
    provider.answer_with(
        "/user",
        200,
        &format!("{{\"id\": 11, \"login\": \"{}\"}}", "x".repeat(400_000)),
    );
    let reply = sign_up_with(&app, json!({"github": {"code": "c"}})).await;
    assert_eq!(reply.status, 500, "{reply:?}");
}
