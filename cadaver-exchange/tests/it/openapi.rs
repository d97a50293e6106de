//! The description of the API is complete: every route, and every code that can be answered.

use crate::test_app::TestApp;
use cadaver_exchange::domain::event::RejectReason;
use serde_json::Value;
use std::collections::BTreeSet;

/// The routes as the router has them.
const ROUTES: &str = include_str!("../../src/http.rs");
/// Where codes are given.
const SOURCES: &[&str] = &[
    include_str!("../../src/http/batch.rs"),
    include_str!("../../src/http/candles.rs"),
    include_str!("../../src/http/court.rs"),
    include_str!("../../src/http/feed.rs"),
    include_str!("../../src/http/idempotency.rs"),
    include_str!("../../src/http/lots.rs"),
    include_str!("../../src/http/markets.rs"),
    include_str!("../../src/http/order_body.rs"),
    include_str!("../../src/http/outage.rs"),
    include_str!("../../src/http/paging.rs"),
    include_str!("../../src/http/past.rs"),
    include_str!("../../src/http/refusal.rs"),
    include_str!("../../src/http/trader.rs"),
];

fn described_codes(openapi: &Value) -> BTreeSet<String> {
    let paths = openapi["paths"].as_object().unwrap().values();
    let methods = paths.flat_map(|path| path.as_object().unwrap().values());
    let answers = methods.flat_map(|method| method["responses"].as_object().unwrap().values());
    answers
        .flat_map(|answer| {
            let text = answer["description"].as_str().unwrap_or_default();
            let quoted = text.split('`').skip(1).step_by(2);
            quoted.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// The words that the sources give to problems: the first text after the name of a kind of problem.
fn given_codes() -> BTreeSet<String> {
    let kinds = [
        "bad_request(",
        "not_found(",
        "conflict(",
        "unprocessable(",
        "Problem::new(",
    ];
    let mut codes = BTreeSet::new();
    for source in SOURCES {
        let code = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("///"));
        let code: String = code.collect::<Vec<_>>().join(" ");
        for kind in kinds {
            for rest in code.split(kind).skip(1) {
                let word = rest.chars().take(120).collect::<String>();
                if let Some(word) = word.split('"').nth(1) {
                    codes.insert(word.to_owned());
                }
            }
        }
    }
    codes
}

#[tokio::test]
async fn every_code_is_described() {
    let app = TestApp::start().await;
    let openapi = app.get("/openapi.json").await.body;
    let described = described_codes(&openapi);
    let mut given = given_codes();
    given.retain(|word| {
        word.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && word != "not-configured"
    });
    given.extend(
        RejectReason::ALL
            .iter()
            .map(|reason| reason.code().to_owned()),
    );
    given.extend(
        [
            "unavailable",
            "unauthorized",
            "forbidden",
            "body-too-large",
            "not-json",
        ]
        .map(str::to_owned),
    );
    assert!(given.len() > 40, "{given:?}");
    let missing: Vec<_> = given.difference(&described).collect();
    assert!(missing.is_empty(), "not in the description: {missing:?}");
}

#[tokio::test]
async fn every_route_is_described_and_every_body_has_an_example() {
    let app = TestApp::start().await;
    let openapi = app.get("/openapi.json").await.body;
    let routed: BTreeSet<&str> = ROUTES
        .split('"')
        .filter(|text| text.starts_with("/v1/"))
        .collect();
    assert!(routed.len() > 15);
    for path in &routed {
        assert!(openapi["paths"][*path].is_object(), "{path}");
    }
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let about = format!("{method} {path}");
            assert!(
                operation["summary"].is_string(),
                "{about} says what it does"
            );
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            if let Some(name) = body.as_str() {
                let name = name.rsplit('/').next().unwrap();
                let schema = &openapi["components"]["schemas"][name];
                let has_example = schema["example"].is_object() || name == "BatchBody";
                assert!(has_example, "{about}: {name} has no example");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = &parameter["name"];
                assert!(
                    !parameter["example"].is_null() || parameter["required"] == false,
                    "{about}: {name}"
                );
            }
        }
    }
}
