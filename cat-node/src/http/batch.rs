//! `/batch`: several requests in one, answered in their order, each succeeding or failing alone.

use futures_util::{StreamExt, stream};
use serde_json::{Value as Json, json};

use super::answer::{Answer, Refusal};
use super::request::{ApiRequest, Method, segments};
use super::routes::dispatch;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::node::Node;

/// Most requests in a batch.
pub const MAX_REQUESTS: usize = 1_000;
/// Requests of a batch that are served at the same time.
const CONCURRENT: usize = 16;

fn invalid(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_JSON, text)
}

pub async fn run(node: &Node, caller: &Caller, batch: &ApiRequest) -> Result<Answer, Refusal> {
    let requests = batch.body.get("requests").and_then(Json::as_array);
    let requests = requests.ok_or_else(|| invalid("requests must be an array"))?;
    if requests.len() > MAX_REQUESTS {
        let count = requests.len();
        let text = format!(
            "Batch request contains {count} sub-requests, which exceeds the limit of {MAX_REQUESTS}."
        );
        return Err(invalid(text).into());
    }
    if batch
        .body
        .get("transaction")
        .is_some_and(|truth| *truth == true)
    {
        let text = "Transactions in batches are not available on this server.";
        return Err(ParseError::new(ErrorCode::COMMAND_UNAVAILABLE, text).into());
    }
    let requests = requests.iter().map(|json| sub_request(node, batch, json));
    let requests: Vec<ApiRequest> = requests.collect::<Result<_, _>>()?;
    let answers = stream::iter(&requests)
        .map(|request| serve(node, caller, request))
        .buffered(CONCURRENT);
    Ok(Answer::ok(Json::Array(answers.collect().await)))
}

async fn serve(node: &Node, caller: &Caller, request: &ApiRequest) -> Json {
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
    match Box::pin(dispatch(node, caller, request)).await {
        Ok(answer) => json!({"success": answer.body}),
        Err(refusal) => {
            let body = refusal.body();
            let code = body
                .get("code")
                .cloned()
                .unwrap_or_else(|| ErrorCode::OPERATION_FORBIDDEN.0.into());
            json!({"error": {"code": code, "error": body["error"]}})
        }
    }
}

fn sub_request(node: &Node, batch: &ApiRequest, json: &Json) -> Result<ApiRequest, ParseError> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    let path = text("path").ok_or_else(|| invalid("path of a batch request must be a text"))?;
    let cannot_route = || invalid(format!("cannot route batch path {path}"));
    let (below, query) = path.split_once('?').unwrap_or((path, ""));
    let below = below
        .strip_prefix(&node.settings.mount_path)
        .filter(|rest| rest.starts_with('/'));
    let below = segments(below.ok_or_else(cannot_route)?);
    if below.first().is_some_and(|first| first == "batch") {
        return Err(invalid("nested batch requests are not allowed"));
    }
    let method = text("method")
        .and_then(Method::parse)
        .ok_or_else(cannot_route)?;
    let mut body = json
        .get("body")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    let mut parameters = super::parse_endpoint::query_map(query);
    if method == Method::Get {
        parameters.extend(std::mem::take(&mut body));
    }
    Ok(ApiRequest {
        method,
        path: below,
        query: parameters,
        body,
        base_url: batch.base_url.clone(),
        session_token: batch.session_token.clone(),
    })
}
