//! What operators and machines see.

use crate::test_app::TestApp;
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn the_document_names_every_route() {
    let test = TestApp::start().await;
    let document = test
        .actor(None)
        .get("/openapi.json")
        .await
        .expect(StatusCode::OK);
    let paths: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for path in [
        "/v1/sites",
        "/v1/sites/{id}",
        "/v1/traps",
        "/v1/traps/{id}",
        "/v1/traps/{id}/retire",
        "/v1/traps/{id}/credential",
        "/v1/traps/{id}/reports",
        "/v1/traps/{id}/commands",
        "/v1/captures",
        "/v1/captures/count",
        "/v1/captures/{id}",
        "/v1/captures/{id}/void",
        "/v1/bycatch",
        "/v1/imports/portal",
        "/v1/imports/portal/rows",
    ] {
        assert!(paths.contains(&path), "{path}");
    }
    assert!(document["components"]["schemas"]["ReportBody"].is_object());
}

#[tokio::test]
async fn two_services_share_nothing() {
    let (first, second) = (TestApp::start().await, TestApp::start().await);
    first.barn().await;
    assert_eq!(
        second.queen().get("/v1/sites/barn").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn readiness_tells_the_truth_about_the_bus() {
    let test = TestApp::start().await;
    assert_eq!(
        test.actor(None).get("/livez").await.expect(StatusCode::OK),
        "ok"
    );
    let client = reqwest::get(test.url("/readyz")).await.unwrap();
    assert_eq!(client.status(), StatusCode::SERVICE_UNAVAILABLE);
    let report: serde_json::Value = client.json().await.unwrap();
    assert_eq!(
        (&report["checks"][0]["status"], &report["status"]),
        (&"ok".into(), &"failing".into())
    );
}

#[tokio::test]
async fn unknown_paths_are_problems() {
    let test = TestApp::start().await;
    assert_eq!(
        test.queen()
            .get("/v1/cheese")
            .await
            .problem(StatusCode::NOT_FOUND)
            .0,
        "unknown-path"
    );
}

#[tokio::test]
async fn metrics_count_reports() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let mouse = json!({ "boot": "1", "counter": 1, "at": "2026-11-24T11:00:00Z", "kind": "catch", "animal": "mouse" });
    trap.post("/v1/traps/a/reports", json!({ "reports": [mouse, mouse] }))
        .await
        .expect(StatusCode::OK);
    let metrics = test
        .actor(None)
        .get("/metrics")
        .await
        .expect(StatusCode::OK);
    let counted = "mouse_trap_reports_total{outcome=\"recorded\",result=\"capture\",service=\"mouse-trap\"} 1";
    assert!(metrics.as_str().unwrap().contains(counted), "{metrics}");
}

#[tokio::test]
async fn the_document_is_whole() {
    let test = TestApp::start().await;
    let document = test
        .actor(None)
        .get("/openapi.json")
        .await
        .expect(StatusCode::OK);
    let mut names = std::collections::HashSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            assert!(
                operation["security"][0].is_object(),
                "{method} {path} does not say who may"
            );
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert!(
                    answer["description"].is_string(),
                    "{method} {path} {status}"
                );
            }
        }
    }
}
