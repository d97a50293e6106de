//! Signed tokens: Apple, Google, Facebook's limited log-in, Keycloak, and OpenID Connect at large.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value as Json, json};

use super::provider::{Provider, Signer, forged};
use crate::api::{Actor, Reply, TestApp};

/// One way in by a signed token.
struct Way {
    provider: &'static str,
    key_set: &'static str,
    issuer: String,
    token_field: &'static str,
    options: Json,
}

fn ways(url: &str) -> Vec<Way> {
    let realm = format!("{url}/realms/cats");
    vec![
        Way {
            provider: "apple",
            key_set: "/auth/keys",
            issuer: "https://appleid.apple.com".to_owned(),
            token_field: "token",
            options: json!({"clientId": ["other.app", "app"], "baseUrl": url}),
        },
        Way {
            provider: "google",
            key_set: "/oauth2/v3/certs",
            issuer: "accounts.google.com".to_owned(),
            token_field: "id_token",
            options: json!({"clientId": "app", "baseUrl": url}),
        },
        Way {
            provider: "facebook",
            key_set: "/.well-known/oauth/openid/jwks/",
            issuer: "https://www.facebook.com".to_owned(),
            token_field: "token",
            options: json!({"appIds": ["app"], "appSecret": "s", "baseUrl": url}),
        },
        Way {
            provider: "keycloak",
            key_set: "/realms/cats/protocol/openid-connect/certs",
            issuer: realm,
            token_field: "access_token",
            options: json!({"config": {"auth-server-url": url, "realm": "cats", "client-id": "app"}}),
        },
        Way {
            provider: "cattery",
            key_set: "/keys",
            issuer: url.to_owned(),
            token_field: "id_token",
            options: json!({"oidc": true, "issuer": url, "clientId": "app"}),
        },
    ]
}

/// A service that trusts all of them, and the provider that plays all of them.
async fn start(signer: &Signer) -> (TestApp, Provider) {
    let provider = Provider::start();
    let mut auth = serde_json::Map::new();
    for way in ways(&provider.url) {
        provider.answer(way.key_set, &signer.key_set());
        auth.insert(way.provider.to_owned(), way.options);
    }
    let description = json!({"issuer": provider.url, "jwks_uri": format!("{}/keys", provider.url)});
    provider.answer("/.well-known/openid-configuration", &description);
    let auth = Json::Object(auth).to_string();
    let app = TestApp::start_with(&[("PARSE_SERVER_AUTH_PROVIDERS", &auth)]).await;
    (app, provider)
}

fn claims(app: &TestApp, way: &Way) -> Json {
    let now = app.now().timestamp();
    json!({"iss": way.issuer, "aud": "app", "azp": "app", "sub": "cat-1", "iat": now, "exp": now + 600})
}

async fn sign_up_with(app: &TestApp, way: &Way, id: &str, token: &str) -> Reply {
    let data = json!({"id": id, (way.token_field): token});
    let body = json!({"authData": {(way.provider): data}});
    app.post(&Actor::anonymous(), "/users", body).await
}

#[tokio::test]
async fn a_good_token_lets_its_subject_in() {
    let signer = Signer::rsa("k1");
    let (app, provider) = start(&signer).await;
    for way in ways(&provider.url) {
        let token = signer.sign(&claims(&app, &way));
        let first = sign_up_with(&app, &way, "cat-1", &token).await;
        assert_eq!(first.status, 201, "{}: {first:?}", way.provider);
        let again = sign_up_with(&app, &way, "cat-1", &token).await;
        assert_eq!(
            (again.status, again.id()),
            (200, first.id()),
            "{}",
            way.provider
        );
        let keys = provider.asked(way.key_set);
        assert_eq!(keys.len(), 1, "keys are remembered: {}", way.provider);
    }
}

#[tokio::test]
async fn a_token_for_somebody_or_something_else_lets_nobody_in() {
    let signer = Signer::rsa("k1");
    let (app, provider) = start(&signer).await;
    for way in ways(&provider.url) {
        let good = claims(&app, &way);
        let with = |name: &str, value: Json| {
            let mut claims = good.clone();
            claims[name] = value;
            signer.sign(&claims)
        };
        let without = |name: &str| {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            signer.sign(&claims)
        };
        // Keycloak's access tokens name the app in `azp`.
        let audience = if way.provider == "keycloak" {
            "azp"
        } else {
            "aud"
        };
        let now = app.now().timestamp();
        for (what, token) in [
            ("another audience", with(audience, json!("another.app"))),
            ("no audience", without(audience)),
            ("an empty audience", with(audience, json!(""))),
            ("another issuer", with("iss", json!("https://evil.example"))),
            ("no issuer", without("iss")),
            ("another subject", with("sub", json!("cat-2"))),
            ("no subject", without("sub")),
            ("an end that is over", with("exp", json!(now - 1))),
            ("no end", without("exp")),
            ("a beginning to come", with("nbf", json!(now + 60))),
        ] {
            let reply = sign_up_with(&app, &way, "cat-1", &token).await;
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (404, &json!(101)),
                "{} with {what}: {reply:?}",
                way.provider
            );
        }
    }
    let users = app
        .find(&Actor::master(), "_User", json!({"count": 1, "limit": 0}))
        .await;
    assert_eq!(users.body["count"], 0);
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_lets_nobody_in() {
    let signer = Signer::rsa("k1");
    let (app, provider) = start(&signer).await;
    let stranger = Signer::rsa("k1");
    let unknown = Signer::rsa("k2");
    for way in ways(&provider.url) {
        let good = claims(&app, &way);
        let none = json!({"alg": "none", "typ": "JWT", "kid": "k1"});
        // Algorithm confusion: the public key, which everyone has, as the secret of an HMAC.
        let modulus = signer.jwk()["n"].as_str().unwrap().to_owned();
        let public = URL_SAFE_NO_PAD.decode(&modulus).unwrap();
        let header = Header {
            kid: Some("k1".to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let confused = encode(&header, &good, &EncodingKey::from_secret(&public)).unwrap();
        let confused_text = encode(
            &header,
            &good,
            &EncodingKey::from_secret(modulus.as_bytes()),
        )
        .unwrap();
        let signed = signer.sign(&good);
        let mut changed = good.clone();
        changed["admin"] = json!(true);
        let signature = signed.rsplit('.').next().unwrap();
        let header = json!({"alg": "RS256", "kid": "k1"});
        for (what, token) in [
            ("no algorithm and no signature", forged(&none, &good, "")),
            (
                "no algorithm and a signature",
                forged(&none, &good, signature),
            ),
            ("the public key as a secret", confused),
            ("the text of the public key as a secret", confused_text),
            ("another key under the same name", stranger.sign(&good)),
            ("a key that is not in the set", unknown.sign(&good)),
            (
                "claims that were changed",
                forged(&header, &changed, signature),
            ),
            (
                "no key's name",
                forged(&json!({"alg": "RS256"}), &good, signature),
            ),
            ("nothing", String::new()),
            ("no token", "a.b.c".to_owned()),
        ] {
            let reply = sign_up_with(&app, &way, "cat-1", &token).await;
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (404, &json!(101)),
                "{} with {what}: {reply:?}",
                way.provider
            );
        }
        let asked = provider.asked(way.key_set).len();
        assert!(asked <= 2, "unknown keys do not make {asked} questions");
    }
}

#[tokio::test]
async fn the_words_are_the_ones_that_apps_know() {
    let signer = Signer::rsa("k1");
    let (app, provider) = start(&signer).await;
    let way = &ways(&provider.url)[0];
    let mut claims = claims(&app, way);
    let unknown = Signer::rsa("other").sign(&claims);
    let refusal = sign_up_with(&app, way, "cat-1", &unknown).await;
    refusal.refuses(404, 101, "Unable to find matching key for Key ID: other");
    let refusal = sign_up_with(&app, way, "cat-2", &signer.sign(&claims)).await;
    refusal.refuses(404, 101, "auth data is invalid for this user.");
    claims["iss"] = json!("https://x.example");
    let refusal = sign_up_with(&app, way, "cat-1", &signer.sign(&claims)).await;
    refusal.refuses(
        404,
        101,
        "id token not issued by correct OpenID provider - expected: https://appleid.apple.com | from: https://x.example",
    );
    claims["aud"] = json!("x");
    let refusal = sign_up_with(&app, way, "cat-1", &signer.sign(&claims)).await;
    refusal.refuses(404, 101, "jwt audience invalid. expected: other.app or app");
    claims["exp"] = json!(1);
    let refusal = sign_up_with(&app, way, "cat-1", &signer.sign(&claims)).await;
    refusal.refuses(404, 101, "jwt expired");
}

#[tokio::test]
async fn an_openid_provider_names_the_user_itself() {
    let signer = Signer::elliptic("e1");
    let (app, provider) = start(&signer).await;
    let ways = ways(&provider.url);
    let way = ways.last().unwrap();
    let token = signer.sign(&claims(&app, way));
    let body = json!({"authData": {"cattery": {"id_token": token}}});
    let first = app.post(&Actor::anonymous(), "/users", body.clone()).await;
    assert_eq!(first.status, 201, "{first:?}");
    let user = app
        .get(&Actor::master(), &format!("/users/{}", first.id()))
        .await;
    assert_eq!(user.body["authData"]["cattery"]["id"], "cat-1");
    assert_eq!(
        app.post(&Actor::anonymous(), "/users", body).await.id(),
        first.id()
    );
    let claimed = sign_up_with(&app, way, "cat-2", &token).await;
    claimed.refuses(404, 101, "auth data is invalid for this user.");
}

#[tokio::test]
async fn a_description_that_is_not_the_issuers_is_not_believed() {
    let signer = Signer::rsa("k1");
    let (app, provider) = start(&signer).await;
    let description =
        json!({"issuer": "https://evil.example", "jwks_uri": format!("{}/keys", provider.url)});
    provider.answer("/.well-known/openid-configuration", &description);
    let ways = ways(&provider.url);
    let way = ways.last().unwrap();
    let token = signer.sign(&claims(&app, way));
    assert_eq!(sign_up_with(&app, way, "cat-1", &token).await.status, 404);
}

#[tokio::test]
async fn nobody_is_led_to_another_host() {
    let signer = Signer::rsa("k1");
    let (app, provider) = start(&signer).await;
    let elsewhere = Provider::start();
    elsewhere.answer("/auth/keys", &signer.key_set());
    provider.redirect("/auth/keys", &format!("{}/auth/keys", elsewhere.url));
    let way = &ways(&provider.url)[0];
    let token = signer.sign(&claims(&app, way));
    assert_eq!(sign_up_with(&app, way, "cat-1", &token).await.status, 404);
    assert!(elsewhere.asked("/auth/keys").is_empty());
}
