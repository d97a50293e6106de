//! What a side sends to others: mails and questions to webhooks arrive here, and a step reads them.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};

/// How long a step waits for something to arrive.
const PATIENCE: Duration = Duration::from_millis(1_500);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

type Arrived = Arc<Mutex<Vec<(String, Json)>>>;

pub(super) struct Sink {
    pub(super) address: String,
    arrived: Arrived,
    server: ServerHandle,
}

impl Sink {
    pub(super) fn start() -> Self {
        let arrived = Arrived::default();
        let shared = web::Data::from(Arc::clone(&arrived));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let app = move || {
            App::new()
                .app_data(shared.clone())
                .default_service(web::to(take))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            arrived,
            server: handle,
        }
    }

    /// What arrived below this path since the last look, as soon as there is something; `only` keeps members.
    pub(super) async fn read(&self, path: &str, only: &[String]) -> Json {
        let look = async {
            loop {
                let found = self.take(path);
                if !found.is_empty() {
                    return found;
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, look)
            .await
            .unwrap_or_default();
        let trimmed = found.into_iter().map(|mut item| {
            if let Json::Object(map) = &mut item
                && !only.is_empty()
            {
                map.retain(|key, _| only.contains(key));
            }
            item
        });
        trimmed.collect()
    }

    fn take(&self, path: &str) -> Vec<Json> {
        let mut arrived = self.arrived.lock();
        let (found, rest) = std::mem::take(&mut *arrived)
            .into_iter()
            .partition::<Vec<_>, _>(|(at, _)| at.starts_with(path));
        *arrived = rest;
        found.into_iter().map(|(_, body)| body).collect()
    }

    pub(super) async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn take(
    request: HttpRequest,
    body: web::Bytes,
    arrived: web::Data<Mutex<Vec<(String, Json)>>>,
) -> HttpResponse {
    let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
    arrived.lock().push((request.path().to_owned(), body));
    HttpResponse::Ok().json(json!({"success": true}))
}

/// Options in which `{{sink}}` is this address.
pub(super) fn with_sink(options: &Map<String, Json>, sink: &Sink) -> Map<String, Json> {
    let text = Json::Object(options.clone()).to_string();
    let filled = text.replace("{{sink}}", &format!("http://{}", sink.address));
    serde_json::from_str(&filled).unwrap()
}
