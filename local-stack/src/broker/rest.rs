//! The REST side: the administration that the official Rust client does over JSON, and publishing,
//! pulling and acknowledging for curl.

mod messages;
mod path;
mod problem;
mod reply;
mod resources;
mod shapes;
mod snapshots;
mod subscriptions;
mod topics;

use super::domain::limits::MAX_REQUEST_BYTES;
use super::domain::refusal::Refusal;
use super::engine::Engine;
use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request};
use axum::http::{Method, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use path::Target;
use problem::Problem;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Base64 makes a publish request a third larger.
const MAX_BODY_BYTES: usize = 2 * MAX_REQUEST_BYTES;

/// A request that was read.
struct Call<'r> {
    engine: &'r Engine,
    method: &'r Method,
    body: Bytes,
    query: ListQuery,
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ListQuery {
    page_size: i32,
    page_token: String,
    update_mask: Option<String>,
}

type Answer = Result<Value, Problem>;

/// Answers everything that is no gRPC of a known service.
pub(super) fn routes(engine: Arc<Engine>) -> Router {
    Router::new().fallback(move |request: Request| answer(engine.clone(), request))
}

async fn answer(engine: Arc<Engine>, request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc")) {
        return tonic::Status::unimplemented("The local broker does not have this service.")
            .into_http::<Body>();
    }
    if request.uri().path() == "/" {
        return "Ok\n".into_response();
    }
    let (parts, body) = request.into_parts();
    let answer = match axum::body::to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => call(&engine, &parts.method, &parts.uri, body).await,
        Err(_) => Err(Problem::from(Refusal::invalid(format!(
            "The request is longer than {MAX_BODY_BYTES} bytes, or was cut off."
        )))),
    };
    match answer {
        Ok(value) => reply::json(value, &parts.uri),
        Err(problem) => problem.into_response(),
    }
}

async fn call(engine: &Engine, method: &Method, uri: &Uri, body: Bytes) -> Answer {
    let target = Target::parse(uri.path()).ok_or_else(|| Problem::no_such_path(uri.path()))?;
    let query = Query::<ListQuery>::try_from_uri(uri)
        .map_err(|error| Refusal::invalid(error.to_string()))?
        .0;
    let call = Call {
        engine,
        method,
        body,
        query,
    };
    match target {
        Target::Topics { project } => call.list_topics(&project),
        Target::Topic { name, action } => call.topic(&name, action).await,
        Target::Subscriptions { project } => call.list_subscriptions(&project),
        Target::Subscription { name, action } => call.subscription(&name, action).await,
        Target::Snapshots { project } => call.list_snapshots(&project),
        Target::Snapshot { name } => call.snapshot(&name).await,
    }
}

impl Call<'_> {
    /// The body as JSON; an empty one is an empty object.
    fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        let body: &[u8] = if self.body.is_empty() {
            b"{}"
        } else {
            &self.body
        };
        serde_json::from_slice(body).map_err(|error| {
            Problem::from(Refusal::invalid(format!(
                "Invalid JSON payload received: {error}."
            )))
        })
    }

    fn no_such_method(&self) -> Problem {
        Problem::no_such_path(&format!("{} of this resource", self.method))
    }
}
