//! `/batch`: several requests in one, answered in their order, each succeeding or failing alone.

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value as Json, json};

use super::allow_list;
use super::answer::{Answer, Refusal};
use super::batch_path::BatchPaths;
use super::batch_transaction;
use super::parse_endpoint::{Endpoint, Origin};
use super::rate_limits::Counted;
use super::request::{ApiRequest, Method};
use super::routes::dispatch;
use super::wire_path::WirePath;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::node::Node;

/// Most requests in a batch, when the operator sets no limit.
pub const MAX_REQUESTS: usize = 1_000;
/// How a request without a method is called.
const NO_METHOD: &str = "undefined";
/// Requests of a batch that are served at the same time.
const CONCURRENT: usize = 16;

impl<'a> SubRequest<'a> {
    /// The method for allow lists and limits: without one it is GET there.
    fn asked_method(&self) -> &'a str {
        if self.method == NO_METHOD {
            "GET"
        } else {
            self.method
        }
    }
}

/// One request of a batch, before it is known whether it can be routed.
pub(super) struct SubRequest<'a> {
    /// [`NO_METHOD`] when there is none, as the refusal says.
    method: &'a str,
    path: WirePath,
    body: Option<&'a Json>,
}

fn invalid(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_JSON, text)
}

pub async fn run(
    endpoint: &Endpoint,
    caller: &Caller,
    origin: Origin,
    batch: &ApiRequest,
) -> Result<Answer, Refusal> {
    let node = &*endpoint.node;
    let requests = batch.body.get("requests").and_then(Json::as_array);
    let requests = requests.ok_or_else(|| invalid("requests must be an array"))?;
    check_size(node, caller, requests.len())?;
    if let Some(wrong) = requests.iter().find(|request| !request["path"].is_string()) {
        tracing::debug!(%wrong, "a batch has a request without a path");
        return Err(invalid("batch request path must be a string").into());
    }
    let paths = BatchPaths::of(&node.settings);
    let mut taken = Vec::with_capacity(requests.len());
    for json in requests {
        let request = sub_request(&paths, json)?;
        let (method, path) = (request.asked_method(), &request.path.raw);
        allow_list::check_sub_request(&node.settings, origin.key, method, path)?;
        count(endpoint, origin, batch, &request).await?;
        taken.push(request);
    }
    let requests = taken;
    if batch.body.get("transaction") == Some(&Json::Bool(true)) {
        let answers = match batch_transaction::run(node, caller, batch, &requests).await {
            Ok(answers) => answers,
            Err(unknown @ Refusal::UnknownRoute { .. }) => {
                return told(node, Err(unknown)).map(Answer::ok);
            }
            Err(refusal) => return Err(refusal),
        };
        let answers = answers.into_iter().map(|answer| told(node, Ok(answer)));
        return Ok(Answer::ok(Json::Array(answers.collect::<Result<_, _>>()?)));
    }
    let answers: Vec<Result<Answer, Refusal>> = stream::iter(&requests)
        .map(|request| serve(node, caller, batch, request))
        .buffered(CONCURRENT)
        .collect()
        .await;
    let answers = answers.into_iter().map(|answer| told(node, answer));
    Ok(Answer::ok(Json::Array(answers.collect::<Result<_, _>>()?)))
}

fn check_size(node: &Node, caller: &Caller, requests: usize) -> Result<(), ParseError> {
    let own = node.settings.request_complexity.batch_request_limit;
    let limit = match own {
        Some(limit) if !caller.is_unrestricted() => limit,
        _ => MAX_REQUESTS.max(own.unwrap_or(0)),
    };
    if requests <= limit {
        return Ok(());
    }
    Err(invalid(format!(
        "Batch request contains {requests} sub-requests, which exceeds the limit of {limit}."
    )))
}

fn sub_request<'a>(paths: &BatchPaths<'_>, json: &'a Json) -> Result<SubRequest<'a>, Refusal> {
    let path = json["path"].as_str().unwrap_or_default();
    let path = WirePath::parse(&paths.below_mount(path)?)?;
    let method = json.get("method").and_then(Json::as_str);
    if path.raw == "/batch" && method.is_some_and(|method| method.eq_ignore_ascii_case("post")) {
        return Err(invalid("nested batch requests are not allowed").into());
    }
    Ok(SubRequest {
        method: method.unwrap_or(NO_METHOD),
        path,
        body: json.get("body"),
    })
}

/// Each request counts for the limits as if it had come alone.
async fn count(
    endpoint: &Endpoint,
    origin: Origin,
    batch: &ApiRequest,
    request: &SubRequest<'_>,
) -> Result<(), Refusal> {
    let token = batch.session_token.as_deref();
    let counted = Counted {
        path: &request.path.raw,
        method: &request.asked_method().to_uppercase(),
        in_batch: true,
        key: origin.key,
        ip: origin.ip,
        session_token: token.filter(|_| !request.path.is(&["login"])),
    };
    let limited = endpoint.limits.count(&endpoint.node, &counted).await;
    limited.map_err(|text| ParseError::new(ErrorCode::CONNECTION_FAILED, text).into())
}

pub(super) async fn serve(
    node: &Node,
    caller: &Caller,
    batch: &ApiRequest,
    request: &SubRequest<'_>,
) -> Result<Answer, Refusal> {
    let unknown = || Refusal::unknown_route(request.method, &request.path.raw);
    let method = Method::parse(request.method).ok_or_else(unknown)?;
    let body = request.body.and_then(Json::as_object);
    let mut body = body.cloned().unwrap_or_default();
    let mut query = Map::new();
    if method == Method::Get {
        query = std::mem::take(&mut body);
    }
    node.settings.request_keyword_denylist.check(&body)?;
    let request = ApiRequest {
        method,
        path: request.path.segments.clone(),
        raw_path: request.path.raw.clone(),
        query,
        body,
        base_url: batch.base_url.clone(),
        session_token: batch.session_token.clone(),
    };
    // A log-in does not go on from the session that came with the batch.
    let without_session = Caller {
        session: None,
        ..caller.clone()
    };
    let caller = if request.path == ["login"] {
        &without_session
    } else {
        caller
    };
    Box::pin(dispatch(node, caller, &request)).await
}

/// The answer in its place; what fits no route spoils the whole batch.
fn told(node: &Node, answer: Result<Answer, Refusal>) -> Result<Json, Refusal> {
    let refusal = match answer.and_then(|answer| Ok(answer.body.into_value()?)) {
        Ok(body) => return Ok(json!({"success": body})),
        Err(Refusal::UnknownRoute { method, path }) => {
            return Err(invalid(format!("cannot route {method} {path}")).into());
        }
        Err(refusal) => refusal,
    };
    let body = refusal.body(!node.settings.enable_sanitized_error_response);
    let mut error = Map::new();
    if let Some(code) = body.get("code") {
        error.insert("code".to_owned(), code.clone());
    }
    let text = body.get("error").or(body.get("message"));
    error.insert("error".to_owned(), text.cloned().unwrap_or_default());
    Ok(json!({"error": error}))
}
