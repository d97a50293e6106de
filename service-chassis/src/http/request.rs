//! What happens around every request: it gets an id, a deadline, a count, and answers in problem form.

use super::Problem;
use super::operations::Operations;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError, web};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// The header that carries a request's id both ways.
pub const REQUEST_ID: &str = "x-request-id";
/// A caller's own request id is taken up to this length.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// The id of the request at hand.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The route of the request at hand, for its metrics: put beside the request by a handler that serves many paths, so that none of
/// them has to be looked up in the routes again.
#[derive(Debug, Clone, Copy)]
pub struct RouteLabel(pub &'static str);

/// The longest that a request may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(pub Duration);

pub(super) async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let operations = request.app_data::<web::Data<Operations>>().cloned();
    let deadline = request
        .app_data::<web::Data<Deadline>>()
        .map_or(Duration::MAX, |deadline| deadline.0);
    let method = request.method().clone();
    // The request itself may not be kept: the framework needs it unshared to route it.
    let result = tokio::time::timeout(deadline, next.call(request)).await;
    let mut result = result.map_or_else(
        |_| Err(Error::from(too_slow(deadline))),
        |result| result.map(|response| as_problem(response.map_into_boxed_body())),
    );
    let (status, route) = match &mut result {
        Ok(response) => {
            if let Ok(value) = HeaderValue::from_str(&id) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(REQUEST_ID), value);
            }
            if operations
                .as_ref()
                .is_some_and(|it| it.health.is_stopping())
            {
                close_connection(response);
            }
            (response.status(), route_of(response.request()))
        }
        Err(error) => (error.as_response_error().status_code(), None),
    };
    if let Some(operations) = operations {
        let route = route.as_deref().unwrap_or("unmatched");
        operations.metrics.record_request(
            method.as_str(),
            route,
            status.as_u16(),
            started.elapsed(),
        );
    }
    if status.is_server_error() && !is_probe(route.as_deref()) {
        tracing::error!(
            request_id = id,
            method = method.as_str(),
            status = status.as_u16(),
            route = route.as_deref(),
            "a request failed"
        );
    }
    result
}

/// The client's next request opens a new connection, which a balancer leads to who stays.
fn close_connection(response: &mut ServiceResponse<BoxBody>) {
    let head = response.response_mut().head_mut();
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        head.set_connection_type(ConnectionType::Close);
    }
}

fn route_of(request: &HttpRequest) -> Option<Cow<'static, str>> {
    let label = request.extensions().get::<RouteLabel>().copied();
    match label {
        Some(RouteLabel(label)) => Some(Cow::Borrowed(label)),
        None => request.match_pattern().map(Cow::Owned),
    }
}

/// A probe that finds the service not ready is answered, counted, and no news for the log.
fn is_probe(route: Option<&str>) -> bool {
    matches!(route, Some("/readyz" | "/health"))
}

fn request_id(request: &ServiceRequest) -> String {
    request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| !text.is_empty() && text.len() <= MAX_REQUEST_ID_BYTES)
        .map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

fn too_slow(deadline: Duration) -> Problem {
    let detail = format!("the request took longer than {} ms", deadline.as_millis());
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail).with_retry_after(1)
}

/// The framework answers an unknown method with an empty body; ours says what is wrong.
fn as_problem(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let empty = matches!(
        response.response().body().size(),
        actix_web::body::BodySize::None | actix_web::body::BodySize::Sized(0)
    );
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || !empty {
        return response;
    }
    let detail = format!(
        "{} does not take {}",
        response.request().path(),
        response.request().method()
    );
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
    let mut answer = problem.error_response();
    for (name, value) in response.headers() {
        if name == actix_web::http::header::ALLOW {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response.into_response(answer)
}
