//! What operators and the Dashboard ask.

use serde_json::json;

use super::{Actor, TestApp};

#[tokio::test]
async fn the_security_report_tells_what_is_dangerous() {
    let off = TestApp::start().await;
    let reply = off.get(&Actor::master(), "/security").await;
    assert_eq!(reply.status, 409);

    let app = TestApp::start_with(&[("PARSE_SERVER_SECURITY_ENABLE_CHECK", "true")]).await;
    let reply = app.get(&Actor::anonymous(), "/security").await;
    assert_eq!(reply.status, 403);
    let report = app.get(&Actor::master(), "/security").await.body["report"].take();
    assert_eq!(report["version"], "1.0.0");
    assert_eq!(report["state"], "fail");
    let groups = report["groups"].as_array().unwrap();
    let checks: Vec<_> = groups
        .iter()
        .flat_map(|group| group["checks"].as_array().unwrap())
        .collect();
    let state = |title: &str| {
        let check = checks.iter().find(|check| check["title"] == title);
        check.unwrap()["state"].as_str().unwrap()
    };
    // The tests' settings: a short key, and clients that may create classes.
    assert_eq!(state("Secure master key"), "fail");
    assert_eq!(state("Client class creation disabled"), "fail");
    assert_eq!(state("Users are created without public access"), "success");
    let info = app.get(&Actor::master(), "/serverInfo").await.body;
    assert_eq!(info["features"]["settings"]["securityCheck"], true);
}

#[tokio::test]
async fn the_log_is_shown_without_secrets() {
    use service_chassis::telemetry::{LogLine, RecentLines};
    let log = RecentLines::default();
    let app = TestApp::start_logging(log.clone()).await;
    let line = |seconds: i64, level, text: &str| {
        let at = app.now() - chrono::TimeDelta::seconds(100 - seconds);
        log.push(LogLine {
            at,
            level,
            text: text.to_owned(),
        });
    };
    line(1, tracing::Level::INFO, "old");
    line(2, tracing::Level::ERROR, "with the key nine-lives");
    line(
        3,
        tracing::Level::WARN,
        &format!("and r:{}", "0f".repeat(16)),
    );

    let master = Actor::master();
    let texts = async |query: &str| {
        let lines = app.get(&master, &format!("/scriptlog{query}")).await.body;
        let lines = lines.as_array().unwrap();
        lines
            .iter()
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (hidden, token) = ("with the key ********", "and r:********");
    assert_eq!(texts("").await, [token, hidden, "old"]);
    assert_eq!(texts("?order=asc&n=2").await, ["old", hidden]);
    assert_eq!(texts("?level=error").await, [hidden]);
    assert_eq!(texts("?until=2000-01-01T00:00:00Z").await, [""; 0]);
    assert_eq!(app.get(&Actor::anonymous(), "/scriptlog").await.status, 403);
    let lines = app.get(&master, "/scriptlog?n=1").await.body;
    assert_eq!(lines[0]["level"], json!("warn"));
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let app = TestApp::start().await;
    let master = Actor::master();
    let hook = json!({"functionName": "f", "url": "https://hooks.example/f"});
    let reply = app.post(&master, "/hooks/functions", hook.clone()).await;
    reply.refuses(400, 143, "cat-node calls no webhooks.");
    let stranger = app
        .post(&Actor::anonymous(), "/hooks/functions", hook)
        .await;
    assert_eq!(stranger.status, 403, "{stranger:?}");
    let reply = app.get(&master, "/graphql-config").await;
    reply.refuses(400, 108, "cat-node has no GraphQL API.");
    let purchase = json!({"receipt": "x", "productIdentifier": "y"});
    let reply = app
        .post(&Actor::anonymous(), "/validate_purchase", purchase)
        .await;
    reply.refuses(400, 108, "cat-node does not validate receipts.");
}
