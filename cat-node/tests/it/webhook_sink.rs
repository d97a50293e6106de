//! A webhook that answers what it is told to, and keeps what it was asked.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) body: Json,
}

pub(crate) struct WebhookSink {
    port: u16,
    answer: Arc<Mutex<Json>>,
    asked: tokio::sync::Mutex<mpsc::UnboundedReceiver<Asked>>,
}

struct State {
    answer: Arc<Mutex<Json>>,
    sender: mpsc::UnboundedSender<Asked>,
}

impl WebhookSink {
    pub(crate) async fn start() -> Self {
        let (sender, asked) = mpsc::unbounded_channel();
        let answer = Arc::new(Mutex::new(json!({"success": true})));
        let state = web::Data::new(State {
            answer: Arc::clone(&answer),
            sender,
        });
        let server = HttpServer::new(move || {
            let resource = web::resource("/hook").route(web::post().to(ask));
            App::new().app_data(state.clone()).service(resource)
        });
        let server = server.workers(1).bind("127.0.0.1:0").unwrap();
        let port = server.addrs()[0].port();
        tokio::spawn(server.disable_signals().run());
        Self {
            port,
            answer,
            asked: tokio::sync::Mutex::new(asked),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn answer(&self, answer: Json) {
        *self.answer.lock() = answer;
    }

    pub(crate) async fn next(&self) -> Asked {
        let next = async { self.asked.lock().await.recv().await };
        let next = tokio::time::timeout(PATIENCE, next).await;
        next.expect("the webhook is asked in time").unwrap()
    }
}

async fn ask(request: HttpRequest, body: web::Json<Json>, state: web::Data<State>) -> HttpResponse {
    let key = request.headers().get("X-Parse-Webhook-Key");
    let key = key.map_or("", |key| key.to_str().unwrap()).to_owned();
    let body = body.into_inner();
    // Nobody looks when the test is over.
    let _ = state.sender.send(Asked { key, body });
    HttpResponse::Ok().json(&*state.answer.lock())
}
