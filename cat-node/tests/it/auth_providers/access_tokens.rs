//! Access tokens: Facebook's Graph API, token introspection, Twitter, and the providers that need to be allowed twice.

use serde_json::{Value as Json, json};

use super::provider::Provider;
use crate::api::{Actor, Reply, TestApp};

async fn start(auth: &Json, environment: &[(&str, &str)]) -> TestApp {
    let auth = auth.to_string();
    let mut all = vec![("PARSE_SERVER_AUTH_PROVIDERS", auth.as_str())];
    all.extend(environment);
    TestApp::start_with(&all).await
}

async fn sign_up_with(app: &TestApp, auth_data: Json) -> Reply {
    app.post(
        &Actor::anonymous(),
        "/users",
        json!({"authData": auth_data}),
    )
    .await
}

#[tokio::test]
async fn facebook_says_whose_a_token_is_and_for_which_app() {
    let provider = Provider::start();
    let options = json!({"appIds": ["7"], "appSecret": "hush", "baseUrl": provider.url});
    let app = start(&json!({"facebook": options}), &[]).await;
    let cat = json!({"facebook": {"id": "cat-1", "access_token": "at"}});
    provider.answer("/app", &json!({"id": "7"}));
    provider.answer("/me", &json!({"id": "cat-1"}));
    assert_eq!(sign_up_with(&app, cat.clone()).await.status, 201);
    let asked = provider.asked("/me");
    // HMAC-SHA256 of "at" under "hush", made with openssl.
    let proof = "appsecret_proof=";
    assert!(
        asked[0].query.contains(proof) && asked[0].query.contains("access_token=at"),
        "{asked:?}"
    );

    let invalid = "Facebook auth is invalid for this user.";
    let other = json!({"facebook": {"id": "cat-2", "access_token": "at"}});
    sign_up_with(&app, other).await.refuses(404, 101, invalid);
    provider.answer("/app", &json!({"id": "8"}));
    sign_up_with(&app, cat).await.refuses(404, 101, invalid);
    sign_up_with(&app, json!({"facebook": {"id": "cat-1"}}))
        .await
        .refuses(404, 101, invalid);
}

#[tokio::test]
async fn what_is_not_configured_says_so() {
    let app = TestApp::start().await;
    for (data, error) in [
        (
            json!({"apple": {"id": "1", "token": "x"}}),
            "Apple auth is not configured.",
        ),
        (
            json!({"google": {"id": "1", "id_token": "x"}}),
            "Google auth is not configured.",
        ),
        (
            json!({"facebook": {"id": "1", "access_token": "x"}}),
            "Facebook auth is not configured.",
        ),
        (
            json!({"facebook": {"id": "1", "token": "x"}}),
            "Facebook auth is not configured.",
        ),
        (
            json!({"keycloak": {"id": "1", "access_token": "x"}}),
            "Missing keycloak configuration",
        ),
    ] {
        sign_up_with(&app, data).await.refuses(404, 101, error);
    }
    let unsupported = "This authentication method is unsupported.";
    for name in [
        "github",
        "mfa",
        "twitter",
        "line",
        "ldap",
        "toString",
        "__defineGetter__",
        "hasOwnProperty",
        "a.b",
        "$where",
    ] {
        let reply = sign_up_with(&app, json!({name: {"id": "1"}})).await;
        reply.refuses(400, 252, unsupported);
    }
}

#[tokio::test]
async fn a_server_tells_of_its_tokens() {
    let provider = Provider::start();
    let options = json!({
        "oauth2": true,
        "tokenIntrospectionEndpointUrl": format!("{}/introspect", provider.url),
        "useridField": "sub",
        "appidField": "client",
        "appIds": ["app"],
        "authorizationHeader": "Basic c2VjcmV0",
    });
    let app = start(&json!({"cattery": options}), &[]).await;
    let cat = json!({"cattery": {"id": "cat-1", "access_token": "at"}});
    let answer = json!({"active": true, "sub": "cat-1", "client": ["x", "app"]});
    provider.answer("/introspect", &answer);
    assert_eq!(sign_up_with(&app, cat.clone()).await.status, 201);
    let asked = provider.asked("/introspect");
    assert_eq!(
        (asked[0].method.as_str(), asked[0].body.as_str()),
        ("POST", "token=at")
    );
    assert_eq!(asked[0].headers["authorization"], "Basic c2VjcmV0");

    let invalid = "OAuth2 access token is invalid for this user.";
    for (name, value, error) in [
        ("active", json!(false), invalid),
        ("sub", json!("cat-2"), invalid),
        ("sub", json!(null), invalid),
        ("client", json!("other"), "OAuth2: Invalid app ID."),
        ("client", json!(null), "OAuth2: Invalid app ID."),
    ] {
        let mut answer = answer.clone();
        answer[name] = value;
        provider.answer("/introspect", &answer);
        sign_up_with(&app, cat.clone())
            .await
            .refuses(404, 101, error);
    }
    provider.answer_with("/introspect", 500, "");
    let failed = "OAuth2 token introspection request failed.";
    sign_up_with(&app, cat).await.refuses(404, 101, failed);
}

#[tokio::test]
async fn twitter_names_the_user_for_a_verifier() {
    let provider = Provider::start();
    let options = json!({"consumer_key": "k", "consumer_secret": "s", "baseUrl": provider.url});
    let app = start(&json!({"twitter": options}), &[]).await;
    let cat = json!({"twitter": {"oauth_token": "ot", "oauth_verifier": "ov"}});
    provider.answer_with(
        "/oauth/access_token",
        200,
        "oauth_token=at&oauth_token_secret=x&user_id=11",
    );
    let first = sign_up_with(&app, cat.clone()).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(sign_up_with(&app, cat).await.id(), first.id());
    let claimed = json!({"twitter": {"id": "12", "oauth_token": "ot", "oauth_verifier": "ov"}});
    let invalid = "Twitter auth is invalid for this user.";
    sign_up_with(&app, claimed).await.refuses(404, 101, invalid);
    let bare = json!({"twitter": {"id": "11", "auth_token": "at"}});
    sign_up_with(&app, bare)
        .await
        .refuses(400, 142, "Twitter code is required.");
}

#[tokio::test]
async fn insecure_providers_are_allowed_twice_or_not_at_all() {
    let app = TestApp::start().await;
    for (name, error) in [
        ("meetup", "Meetup only works with enableInsecureAuth: true"),
        (
            "phantauth",
            "PhantAuth only works with enableInsecureAuth: true",
        ),
        ("vkontakte", "Vk only works with enableInsecureAuth: true"),
        (
            "janrainengage",
            "janrainengage adapter only works with enableInsecureAuth: true",
        ),
    ] {
        let reply = sign_up_with(&app, json!({name: {"id": "1", "access_token": "x"}})).await;
        reply.refuses(500, 1, error);
    }
    let provider = Provider::start();
    let insecure = |more: Json| {
        let mut options = json!({"enableInsecureAuth": true, "baseUrl": provider.url});
        options
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        options
    };
    let auth = json!({
        "meetup": insecure(json!({})),
        "phantauth": insecure(json!({})),
        "vkontakte": insecure(json!({"appIds": "7", "appSecret": "hush"})),
        "janrainengage": insecure(json!({"api_key": "k"})),
        "janraincapture": {"janrain_capture_host": "cats.example", "baseUrl": provider.url},
        "github": insecure(json!({})),
    });
    let app = start(
        &auth,
        &[("PARSE_SERVER_ENABLE_INSECURE_AUTH_ADAPTERS", "true")],
    )
    .await;
    provider.answer("/2/member/self", &json!({"id": "11"}));
    provider.answer("/auth/userinfo", &json!({"sub": "11"}));
    provider.answer("/access_token", &json!({"access_token": "x"}));
    provider.answer("/method/users.get", &json!({"response": [{"id": 11}]}));
    provider.answer(
        "/api/v2/auth_info",
        &json!({"stat": "ok", "profile": {"identifier": "11"}}),
    );
    provider.answer("/entity", &json!({"stat": "ok", "result": "11"}));
    provider.answer("/user", &json!({"id": 11, "login": "tom"}));
    for name in [
        "meetup",
        "phantauth",
        "vkontakte",
        "janrainengage",
        "janraincapture",
        "github",
    ] {
        let data = |id: &str| json!({name: {"id": id, "access_token": "t", "auth_token": "t"}});
        let good = sign_up_with(&app, data("11")).await;
        assert_eq!(good.status, 201, "{name}: {good:?}");
        let bad = sign_up_with(&app, data("12")).await;
        assert_eq!(
            (bad.status, &bad.body["code"]),
            (404, &json!(101)),
            "{name}: {bad:?}"
        );
    }
}

#[tokio::test]
async fn settings_that_cannot_be_honoured_stop_the_start() {
    for (auth, problem) in [
        (json!({"github": {}}), "GitHub clientId is required."),
        (
            json!({"github": {"clientId": "x"}}),
            "GitHub clientSecret is required.",
        ),
        (
            json!({"github": {"enableInsecureAuth": true}}),
            "enableInsecureAuthAdapters",
        ),
        (json!({"mine": {"module": "./mine.js"}}), "mine"),
        (
            json!({"google": {"clientId": "x", "module": "./g.js"}}),
            "module",
        ),
        (json!({"a-b": {"webhook": "https://x.example"}}), "a-b"),
        (json!({"mine": {"webhook": "ftp://x.example"}}), "webhook"),
        (
            json!({"mine": {"oidc": true, "issuer": "http://far.example", "clientId": "x"}}),
            "issuer",
        ),
        (
            json!({"mine": {"oidc": true, "issuer": "https://far.example"}}),
            "clientId is required.",
        ),
        (
            json!({"mfa": {"enabled": true, "options": []}}),
            "mfa.options must include SMS or TOTP",
        ),
        (
            json!({"mfa": {"enabled": true, "options": ["SMS"]}}),
            "sendSMS",
        ),
        (
            json!({"mfa": {"enabled": true, "options": ["TOTP"], "digits": 3}}),
            "mfa.digits",
        ),
    ] {
        let error =
            crate::api::refused_start(&[("PARSE_SERVER_AUTH_PROVIDERS", &auth.to_string())]).await;
        assert!(error.contains(problem), "{auth}: {error}");
    }
}
