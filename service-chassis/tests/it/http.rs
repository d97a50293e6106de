//! The server: problems, limits, request ids, health, a clean end; two of them in one process.

use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use serde::Deserialize;
use service_chassis::health::{Health, ReadinessCheck};
use service_chassis::http::{HttpSettings, Operations, Problem, Server};
use service_chassis::metrics::Metrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;

#[derive(OpenApi)]
struct Api;

#[derive(Default)]
struct Switch(AtomicBool);

#[async_trait]
impl ReadinessCheck for Switch {
    fn name(&self) -> &'static str {
        "switch"
    }
    async fn check(&self) -> Result<(), String> {
        if self.0.load(SeqCst) {
            Ok(())
        } else {
            Err("off".to_owned())
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    quantity: u32,
}

async fn place_order(order: web::Json<Order>) -> HttpResponse {
    HttpResponse::Ok().json(order.quantity)
}

struct TestServer {
    base: String,
    switch: Arc<Switch>,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

async fn start() -> TestServer {
    start_draining(0).await
}

async fn start_draining(drain_ms: u64) -> TestServer {
    let settings = HttpSettings {
        host: "127.0.0.1".into(),
        port: 0,
        workers: 1,
        max_body_bytes: 1_000,
        request_timeout_ms: 200,
        drain_ms,
        shutdown_deadline_s: 5,
    };
    let switch = Arc::new(Switch::default());
    let operations = Operations::new(
        Health::new(vec![switch.clone()]),
        Metrics::new("test").unwrap(),
        &Api::openapi(),
    );
    let server = Server::bind(&settings, "TEST", operations, |config| {
        config
            .service(web::resource("/orders").route(web::post().to(place_order)))
            .route(
                "/outage",
                web::get().to(async || -> Result<HttpResponse, Problem> {
                    Err(Problem::unavailable(&std::io::Error::other(
                        "secret detail",
                    )))
                }),
            )
            .route(
                "/stuck",
                web::get().to(async || {
                    std::future::pending::<()>().await;
                    "never"
                }),
            );
    })
    .unwrap();
    let base = format!("http://{}", server.address());
    let stop = CancellationToken::new();
    let task = tokio::spawn(server.run(stop.clone()));
    TestServer {
        base,
        switch,
        stop,
        task,
    }
}

impl TestServer {
    async fn problem(&self, request: reqwest::RequestBuilder) -> (u16, serde_json::Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert!(status == 503 || response.headers().contains_key("x-request-id"));
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["status"], status);
        (status, body)
    }

    async fn post(&self, body: &str, content_type: &str) -> (u16, serde_json::Value) {
        let client = reqwest::Client::new();
        let request = client
            .post(format!("{}/orders", self.base))
            .header("content-type", content_type);
        self.problem(request.body(body.to_owned())).await
    }
}

#[tokio::test]
async fn wrong_requests_get_precise_problems() {
    let server = start().await;
    for (body, kind, status, code) in [
        ("{", "application/json", 400, "malformed-json"),
        (
            r#"{"quantity":-1}"#,
            "application/json",
            422,
            "invalid-body",
        ),
        (
            r#"{"quantity":1,"speed":2}"#,
            "application/json",
            422,
            "invalid-body",
        ),
        (r#"{"quantity":1}"#, "text/plain", 415, "not-json"),
        (
            &format!(r#"{{"quantity":{}1}}"#, " ".repeat(1_000)),
            "application/json",
            413,
            "body-too-large",
        ),
    ] {
        let (got, problem) = server.post(body, kind).await;
        assert_eq!(
            (got, problem["code"].as_str().unwrap()),
            (status, code),
            "{body:.40}"
        );
    }
    let client = reqwest::Client::new();
    let (status, problem) = server
        .problem(client.get(format!("{}/nowhere", server.base)))
        .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (404, Some("unknown-path"))
    );
    let (status, _) = server
        .problem(client.delete(format!("{}/orders", server.base)))
        .await;
    assert_eq!(status, 405);
    let (status, problem) = server
        .problem(client.get(format!("{}/outage", server.base)))
        .await;
    assert_eq!(status, 503);
    assert!(!problem.to_string().contains("secret detail"));
    let (status, problem) = server
        .problem(client.get(format!("{}/stuck", server.base)))
        .await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("too-slow")));
}

#[tokio::test]
async fn two_servers_live_and_end_apart() {
    let (one, other) = (start().await, start().await);
    let get = async |base: &str, path: &str| reqwest::get(format!("{base}{path}")).await.unwrap();
    assert_eq!(get(&one.base, "/livez").await.status(), 200);
    assert_eq!(get(&one.base, "/readyz").await.status(), 503);
    one.switch.0.store(true, SeqCst);
    assert_eq!(get(&one.base, "/readyz").await.status(), 200);
    assert_eq!(get(&other.base, "/health").await.status(), 503);
    assert!(
        get(&one.base, "/metrics")
            .await
            .text()
            .await
            .unwrap()
            .contains("http_requests_total")
    );
    assert!(
        get(&one.base, "/openapi.json")
            .await
            .text()
            .await
            .unwrap()
            .contains("openapi")
    );
    one.stop.cancel();
    one.task.await.unwrap().unwrap();
    assert!(reqwest::get(format!("{}/livez", one.base)).await.is_err());
    assert_eq!(get(&other.base, "/livez").await.status(), 200);
}

#[tokio::test]
async fn a_stopping_server_says_so_and_serves_on_until_it_is_drained() {
    const LONG_MS: u64 = 60_000;
    let server = start_draining(LONG_MS).await;
    server.switch.0.store(true, SeqCst);
    let client = reqwest::Client::new();
    let order = async || {
        let request = client.post(format!("{}/orders", server.base));
        request
            .json(&serde_json::json!({ "quantity": 1 }))
            .send()
            .await
            .unwrap()
    };
    assert!(!order().await.headers().contains_key("connection"));
    server.stop.cancel();
    let told = async || {
        let ready = client.get(format!("{}/readyz", server.base)).send();
        ready.await.unwrap()
    };
    let mut answer = told().await;
    while answer.status() == 200 {
        tokio::task::yield_now().await;
        answer = told().await;
    }
    assert_eq!(answer.status(), 503);
    let report: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(report["status"], "stopping");
    let served = order().await;
    assert_eq!(
        (served.status().as_u16(), &served.headers()["connection"]),
        (200, &"close".parse().unwrap())
    );
    assert!(!server.task.is_finished());
    server.task.abort();
}

#[tokio::test]
async fn a_busy_port_is_said_with_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = HttpSettings {
        host: "127.0.0.1".into(),
        port: taken.local_addr().unwrap().port(),
        workers: 1,
        max_body_bytes: 1,
        request_timeout_ms: 1,
        drain_ms: 0,
        shutdown_deadline_s: 1,
    };
    let operations = Operations::new(
        Health::default(),
        Metrics::new("test").unwrap(),
        &Api::openapi(),
    );
    let error = Server::bind(&settings, "MOUSE_TRAP", operations, |_| {})
        .unwrap_err()
        .to_string();
    assert!(error.contains("MOUSE_TRAP__HTTP__PORT"), "{error}");
}
