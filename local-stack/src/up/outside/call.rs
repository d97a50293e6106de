//! One request and its answer: what was wanted, a refusal with its code, or nobody there.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// The longest that a call may take: longer than the services' own limit.
const DEADLINE: Duration = Duration::from_secs(15);

/// A call that did not give what was wanted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The service refused it.
    #[error("refused with {status} {code}: {detail}")]
    Refused {
        status: u16,
        /// A problem's word, or Parse's number.
        code: String,
        detail: String,
    },
    /// No answer came, or none that can be read.
    #[error("no answer that can be used")]
    Unreachable(#[from] reqwest::Error),
}

impl CallError {
    /// Whether it was refused with this code.
    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether the service does not believe who asks.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }

    /// Whether the service knows who asks, and does not let them.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused { status: 403, .. })
    }

    /// Whether the same call may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Unreachable(_) => true,
        }
    }
}

/// Both shapes of error: a problem's (RFC 9457, with `code`) and Parse's.
#[derive(Default, Deserialize)]
struct ErrorBody {
    code: Option<Value>,
    detail: Option<String>,
    error: Option<String>,
}

/// Sends the request and reads the answer.
pub(super) async fn call<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CallError> {
    let answer = request.timeout(DEADLINE).send().await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer.json().await?);
    }
    let body: ErrorBody = answer.json().await.unwrap_or_default();
    Err(CallError::Refused {
        status: status.as_u16(),
        code: match body.code {
            Some(Value::String(word)) => word,
            Some(other) => other.to_string(),
            None => String::new(),
        },
        detail: body.detail.or(body.error).unwrap_or_default(),
    })
}
