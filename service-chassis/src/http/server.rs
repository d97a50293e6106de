//! Binds first, so that the address is known (port 0 finds a free one) and a busy port is said at once;
//! then serves until it is told to stop.

use super::Problem;
use super::operations::Operations;
use super::request::{self, Deadline};
use actix_web::dev::Server as ActixServer;
use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::Deserialize;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be taken.
const BACKLOG: i32 = 1_024;

/// Where and how a service listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// The address to listen on, for example `127.0.0.1`.
    pub host: String,
    /// The port; 0 finds a free one.
    pub port: u16,
    /// Threads that serve requests.
    pub workers: usize,
    /// The largest body that is taken, in bytes.
    pub max_body_bytes: usize,
    /// The longest that a request may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long a service that was told to stop still serves, not ready any more, so that balancers learn of it before
    /// its port closes, in milliseconds.
    pub drain_ms: u64,
    /// How long a shutdown then waits for the requests under way, in seconds.
    pub shutdown_deadline_s: u64,
}

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {host}:{port}; is another program using the port? Choose another one with {setting}, 0 finds a free one"
)]
pub struct BindError {
    host: String,
    port: u16,
    setting: String,
    #[source]
    source: std::io::Error,
}

/// A server that is bound and ready to run.
pub struct Server {
    address: SocketAddr,
    actix: ActixServer,
    operations: Operations,
    drain: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

impl Server {
    /// Binds the address. `prefix` is the service's environment prefix, for the message when that fails.
    ///
    /// # Errors
    /// The address cannot be had.
    pub fn bind<R>(
        settings: &HttpSettings,
        prefix: &str,
        operations: Operations,
        routes: R,
    ) -> Result<Self, BindError>
    where
        R: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
    {
        let failed = |source| BindError {
            host: settings.host.clone(),
            port: settings.port,
            setting: format!("{prefix}__HTTP__PORT"),
            source,
        };
        let listener =
            TcpListener::bind((settings.host.as_str(), settings.port)).map_err(failed)?;
        // The standard library asks for 128: of more that come at once, some would have to knock again a second later.
        rustix::net::listen(&listener, BACKLOG).map_err(|errno| failed(errno.into()))?;
        let address = listener.local_addr().map_err(failed)?;
        let shown = web::Data::new(operations.clone());
        let deadline = web::Data::new(Deadline(Duration::from_millis(settings.request_timeout_ms)));
        let limit = settings.max_body_bytes;
        let actix = HttpServer::new(move || {
            App::new()
                .wrap(from_fn(request::around))
                .app_data(shown.clone())
                .app_data(deadline.clone())
                .app_data(web::PayloadConfig::new(limit))
                .app_data(
                    web::JsonConfig::default()
                        .limit(limit)
                        .error_handler(|error, _| json_problem(&error)),
                )
                .app_data(
                    web::QueryConfig::default().error_handler(|error, _| query_problem(&error)),
                )
                .app_data(web::PathConfig::default().error_handler(|error, _| path_problem(&error)))
                .configure(Operations::routes)
                .configure(routes.clone())
                .default_service(web::to(unknown_path))
        })
        .workers(settings.workers.max(1))
        .shutdown_timeout(settings.shutdown_deadline_s)
        .disable_signals()
        .listen(listener)
        .map_err(failed)?
        .run();
        Ok(Self {
            address,
            actix,
            operations,
            drain: Duration::from_millis(settings.drain_ms),
        })
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`: then tells that it is not ready and serves on for the time of the drain, each answer
    /// closing its connection; then takes no new connections, finishes the requests under way, and returns.
    ///
    /// # Errors
    /// The server failed by itself.
    pub async fn run(self, stop: CancellationToken) -> std::io::Result<()> {
        let handle = self.actix.handle();
        let health = self.operations.health;
        let stopper = tokio::spawn(async move {
            stop.cancelled().await;
            health.set_stopping();
            tokio::time::sleep(self.drain).await;
            handle.stop(true).await;
        });
        let result = self.actix.await;
        stopper.abort();
        result
    }
}

async fn unknown_path(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found(
        "unknown-path",
        format!(
            "there is nothing at {}; /openapi.json lists what there is",
            request.path()
        ),
    ))
}

fn json_problem(error: &JsonPayloadError) -> actix_web::Error {
    let problem = match error {
        JsonPayloadError::Overflow { limit }
        | JsonPayloadError::OverflowKnownLength { limit, .. } => {
            Problem::too_large(format!("the body is larger than {limit} bytes"))
        }
        JsonPayloadError::ContentType => Problem::new(
            actix_web::http::StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "send the body as application/json",
        ),
        JsonPayloadError::Deserialize(inner) if inner.is_data() => {
            Problem::unprocessable("invalid-body", inner.to_string())
        }
        JsonPayloadError::Deserialize(inner) => {
            Problem::bad_request("malformed-json", inner.to_string())
        }
        _ => Problem::bad_request("unreadable-body", "the body could not be read"),
    };
    problem.into()
}

fn query_problem(error: &QueryPayloadError) -> actix_web::Error {
    Problem::bad_request("invalid-query", error.to_string()).into()
}

fn path_problem(error: &PathError) -> actix_web::Error {
    Problem::bad_request("invalid-path", error.to_string()).into()
}
