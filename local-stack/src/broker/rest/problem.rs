//! Refusals as Google's REST errors: `{"error": {"code", "message", "status", "details"}}`.

use crate::broker::domain::refusal::Refusal;
use crate::broker::grpc::status;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tonic::Code;

/// An error answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    name: &'static str,
    message: String,
    details: Vec<Value>,
}

impl Problem {
    pub(super) fn no_such_path(what: &str) -> Self {
        let message = format!("The local broker has no {what}.");
        Self {
            status: StatusCode::NOT_FOUND,
            name: "NOT_FOUND",
            message,
            details: Vec::new(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, name) = http_status(status::code(&refusal));
        let message = refusal.to_string();
        let details = match refusal {
            Refusal::InvalidAckIds(ids) => vec![error_info(&ids)],
            _ => Vec::new(),
        };
        Self {
            status,
            name,
            message,
            details,
        }
    }
}

fn error_info(ack_ids: &[String]) -> Value {
    let (reason, domain) = status::ERROR_INFO;
    let metadata = ack_ids
        .iter()
        .map(|id| (id.clone(), json!(status::INVALID_ACK_ID)));
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata.collect::<serde_json::Map<_, _>>(),
    })
}

/// Google's mapping of status codes to HTTP.
fn http_status(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::InvalidArgument => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        Code::FailedPrecondition => (StatusCode::BAD_REQUEST, "FAILED_PRECONDITION"),
        Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Code::AlreadyExists => (StatusCode::CONFLICT, "ALREADY_EXISTS"),
        Code::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
        Code::Unimplemented => (StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "status": self.name,
        });
        if !self.details.is_empty() {
            error["details"] = Value::Array(self.details);
        }
        (self.status, Json(json!({ "error": error }))).into_response()
    }
}
