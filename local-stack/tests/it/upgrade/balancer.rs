//! A balancer: sends each request to a backend that said a moment ago that it is ready; tries another one when it cannot
//! connect; keeps requests waiting for a while when there is none.

use super::process::{LOOK_AGAIN, is_ready};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio::time::{Instant, sleep};

/// How long a request waits for a backend.
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_BODY_BYTES: usize = 1024 * 1024;

#[derive(Clone, Default)]
pub(super) struct Balancer {
    backends: Arc<RwLock<Vec<Backend>>>,
    http: reqwest::Client,
    next: Arc<AtomicUsize>,
    redirected: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Backend {
    url: String,
    is_ready: bool,
}

impl Balancer {
    /// Listens. Answers itself and its address.
    pub(super) async fn start() -> (Self, String) {
        let balancer = Self {
            // A connection for each request: no pool keeps one to a backend that goes away.
            http: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            ..Self::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(forward).with_state(balancer.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        tokio::spawn(balancer.clone().probe());
        (balancer, url)
    }

    /// Requests go to this backend, too, when it is ready.
    pub(super) async fn add(&self, url: &str) {
        let url = url.to_owned();
        let is_ready = is_ready(&url).await;
        self.backends.write().await.push(Backend { url, is_ready });
    }

    pub(super) async fn remove(&self, url: &str) {
        self.backends.write().await.retain(|it| it.url != url);
    }

    /// Requests that found their first backend gone before anything was sent.
    pub(super) fn redirected(&self) -> usize {
        self.redirected.load(Relaxed)
    }

    async fn probe(self) {
        loop {
            let urls: Vec<_> = self
                .backends
                .read()
                .await
                .iter()
                .map(|it| it.url.clone())
                .collect();
            for url in urls {
                let is_ready = is_ready(&url).await;
                let mut backends = self.backends.write().await;
                if let Some(backend) = backends.iter_mut().find(|it| it.url == url) {
                    backend.is_ready = is_ready;
                }
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn choose(&self) -> Option<String> {
        let backends = self.backends.read().await;
        let ready: Vec<_> = backends.iter().filter(|it| it.is_ready).collect();
        let turn = self.next.fetch_add(1, Relaxed);
        Some(ready.get(turn % ready.len().max(1))?.url.clone())
    }
}

async fn forward(State(balancer): State<Balancer>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let Some(url) = balancer.choose().await else {
            sleep(LOOK_AGAIN).await;
            continue;
        };
        let mut headers = parts.headers.clone();
        headers.remove(header::HOST);
        headers.remove(header::CONNECTION);
        let request = balancer
            .http
            .request(parts.method.clone(), format!("{url}{path}"))
            .headers(headers)
            .body(body.clone());
        match request.send().await {
            Ok(answer) => {
                let status = answer.status();
                let bytes = answer.bytes().await;
                return match bytes {
                    Ok(bytes) => reply(status, bytes.into()),
                    Err(error) => reply(StatusCode::BAD_GATEWAY, error.to_string().into()),
                };
            }
            // Nothing was sent: another one may do it.
            Err(error) if error.is_connect() => {
                balancer.redirected.fetch_add(1, Relaxed);
                sleep(LOOK_AGAIN).await;
            }
            Err(error) => return reply(StatusCode::BAD_GATEWAY, format!("{error:?}").into()),
        }
    }
    reply(StatusCode::GATEWAY_TIMEOUT, "no backend is ready".into())
}

fn reply(status: StatusCode, body: Body) -> Response {
    Response::builder().status(status).body(body).unwrap()
}
